# Warnings for our own code only: linked privately, never exported to a consumer.
add_library(booking_warnings INTERFACE)
if(PROJECT_IS_TOP_LEVEL)
  target_compile_options(booking_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
  # g++ 12 sees overlaps in optimised std::string code where there are none (GCC bug 105651).
  target_compile_options(booking_warnings INTERFACE
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)
  if(BOOKING_WERROR)
    target_compile_options(booking_warnings INTERFACE -Werror)
  endif()
endif()
