// Boost.JSON's own code, compiled here and nowhere else: Debian's headers are all that is needed.
#include <boost/json/src.hpp>
