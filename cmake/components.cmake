# Components: one target booking_<name>, known everywhere as booking::<name>, with its own list of
# public headers, export set and install rules.

set(booking_components "" CACHE INTERNAL "components of this build")

# The public headers of each component; whatever is not named here belongs to core.
set(booking_headers_fmt include/booking/fmt.hpp)
set(booking_headers_sqlite include/booking/sqlite.hpp)
file(GLOB booking_headers_redis RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS
     include/booking/redis*.hpp)
file(GLOB booking_headers_json RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS
     include/booking/json*.hpp)
file(GLOB booking_headers_testing RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS
     include/booking/testing/*.hpp)
file(GLOB booking_headers_core RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS
     include/booking/*.hpp include/booking/detail/*.hpp)
list(REMOVE_ITEM booking_headers_core ${booking_headers_fmt} ${booking_headers_sqlite}
     ${booking_headers_redis} ${booking_headers_json})

function(booking_register_component name visibility)
  set(target booking_${name})
  add_library(booking::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  list(TRANSFORM booking_headers_${name} PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE headers)
  target_sources(${target} ${visibility} FILE_SET HEADERS
                 BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${headers})
  set(booking_components ${booking_components} ${name} CACHE INTERNAL "")
endfunction()

# booking_header_component(name): nothing to compile.
function(booking_header_component name)
  add_library(booking_${name} INTERFACE)
  booking_register_component(${name} INTERFACE)
endfunction()

# booking_compiled_component(name): static or shared, from src/<name>/*.cpp.
function(booking_compiled_component name)
  include(GenerateExportHeader)
  set(target booking_${name})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  add_library(${target} ${sources})
  booking_register_component(${name} PUBLIC)
  set_target_properties(${target} PROPERTIES
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  set(generated ${PROJECT_BINARY_DIR}/include)
  string(TOUPPER ${name} upper)
  generate_export_header(${target} BASE_NAME booking_${name} EXPORT_MACRO_NAME BOOKING_${upper}_EXPORT
                         EXPORT_FILE_NAME ${generated}/booking/${name}_export.hpp)
  target_sources(${target} PUBLIC FILE_SET generated TYPE HEADERS BASE_DIRS ${generated}
                 FILES ${generated}/booking/${name}_export.hpp)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${target} PUBLIC booking_core PRIVATE $<BUILD_INTERFACE:booking_warnings>)
endfunction()

# Installs every component of this build with its own targets file, and the package files.
function(booking_install_package)
  include(CMakePackageConfigHelpers)
  set(folder ${CMAKE_INSTALL_LIBDIR}/cmake/booking)
  foreach(name IN LISTS booking_components)
    set(sets FILE_SET HEADERS)
    get_target_property(type booking_${name} TYPE)
    if(NOT type STREQUAL "INTERFACE_LIBRARY")
      list(APPEND sets FILE_SET generated)
    endif()
    install(TARGETS booking_${name} EXPORT booking-${name} ${sets})
    install(EXPORT booking-${name} NAMESPACE booking:: DESTINATION ${folder}
            FILE booking-${name}-targets.cmake)
    if(EXISTS ${PROJECT_SOURCE_DIR}/cmake/booking-${name}.pc.in)
      configure_file(cmake/booking-${name}.pc.in booking-${name}.pc @ONLY)
      install(FILES ${PROJECT_BINARY_DIR}/booking-${name}.pc
              DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
    endif()
  endforeach()
  configure_package_config_file(cmake/booking-config.cmake.in booking-config.cmake
                                INSTALL_DESTINATION ${folder})
  write_basic_package_version_file(booking-config-version.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/booking-config.cmake
                ${PROJECT_BINARY_DIR}/booking-config-version.cmake DESTINATION ${folder})
  if(TARGET booking_redis)
    install(FILES cmake/Findhiredis.cmake DESTINATION ${folder})
  endif()
  install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
endfunction()
