# Finds hiredis and makes the target hiredis::hiredis: by the package's own files where it has them
# (1.0 and later, conan, vcpkg), else by pkg-config. Installed beside booking-config.cmake.
find_package(hiredis ${hiredis_FIND_VERSION} CONFIG QUIET)
if(NOT hiredis_FOUND)
  find_package(PkgConfig QUIET)
  pkg_check_modules(PC_HIREDIS QUIET hiredis)
  set(hiredis_VERSION ${PC_HIREDIS_VERSION})
  # pkg-config answers the folder itself, the sources name it.
  find_path(hiredis_INCLUDE_DIR hiredis/read.h HINTS ${PC_HIREDIS_INCLUDEDIR}/..
                                                     ${PC_HIREDIS_INCLUDEDIR})
  find_library(hiredis_LIBRARY hiredis HINTS ${PC_HIREDIS_LIBDIR})
  mark_as_advanced(hiredis_INCLUDE_DIR hiredis_LIBRARY)
endif()

include(FindPackageHandleStandardArgs)
if(hiredis_CONFIG)
  find_package_handle_standard_args(hiredis CONFIG_MODE)
else()
  find_package_handle_standard_args(hiredis REQUIRED_VARS hiredis_LIBRARY hiredis_INCLUDE_DIR
                                    VERSION_VAR hiredis_VERSION)
  if(hiredis_FOUND AND NOT TARGET hiredis::hiredis)
    add_library(hiredis::hiredis UNKNOWN IMPORTED)
    set_target_properties(hiredis::hiredis PROPERTIES
      IMPORTED_LOCATION ${hiredis_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${hiredis_INCLUDE_DIR})
  endif()
endif()
