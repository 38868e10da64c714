# Warnings for our own code only: linked privately, never exported to a consumer.
add_library(booking_warnings INTERFACE)
if(PROJECT_IS_TOP_LEVEL)
  target_compile_options(booking_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
  if(BOOKING_WERROR)
    target_compile_options(booking_warnings INTERFACE -Werror)
  endif()
endif()
