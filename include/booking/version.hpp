// Which version of libbooking these headers are. Read by CMake, so the number stands once.
//
// Everything lives in the inline namespace `booking::v0`: two incompatible versions linked into
// one program are a link error instead of a surprise.
#pragma once

#define BOOKING_VERSION_MAJOR 0
#define BOOKING_VERSION_MINOR 1
#define BOOKING_VERSION_PATCH 0
#define BOOKING_VERSION "0.1.0"
