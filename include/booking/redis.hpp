// An inventory on a Redis server, shared by several application instances.
#pragma once

#include "booking/redis_export.hpp"
