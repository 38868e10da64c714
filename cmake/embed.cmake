# booking_embed(target file name): makes `embedded/<name>.hpp` for the target, in which the text of
# `file` is the string constant `booking::embedded::<name>`.
function(booking_embed target file name)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} text)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/embedded/embedded/${name}.hpp @ONLY CONTENT
"// Made from @file@ by cmake/embed.cmake; do not edit.
#pragma once

namespace booking::inline v0::embedded {

inline constexpr char @name@[] = R\"embedded(@text@)embedded\";

}  // namespace booking::inline v0::embedded
")
  target_include_directories(${target} PRIVATE ${PROJECT_BINARY_DIR}/embedded)
endfunction()
