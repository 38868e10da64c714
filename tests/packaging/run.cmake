# Installs this build and consumes it as a host would. Run by ctest:
#   cmake -DCASE=... -DSOURCE=... -DWORK=... -DCOMPILER=... -P run.cmake
# CASE: find_package, add_subdirectory, every_component, every_component_shared, refused_version,
# pkg_config.

function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result OUTPUT_VARIABLE output
                  ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    string(JOIN " " line ${ARGV})
    message(FATAL_ERROR "${line}\nanswered ${result}:\n${output}")
  endif()
endfunction()

set(here ${SOURCE}/tests/packaging)
set(prefix ${WORK}/prefix)
set(settings -G Ninja -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_BUILD_TYPE=Debug)
if(LAUNCHER)
  list(APPEND settings -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER})
endif()
file(REMOVE_RECURSE ${WORK})

# install_booking(option...): into ${prefix}
function(install_booking)
  run(${CMAKE_COMMAND} -S ${SOURCE} -B ${WORK}/booking ${settings} -DBOOKING_BUILD_TESTS=OFF
      -DBOOKING_BUILD_EXAMPLES=OFF -DCMAKE_INSTALL_PREFIX=${prefix} ${ARGV})
  run(${CMAKE_COMMAND} --build ${WORK}/booking)
  run(${CMAKE_COMMAND} --install ${WORK}/booking)
endfunction()

# consume(folder): configures, builds and runs a consumer project
function(consume folder)
  run(${CMAKE_COMMAND} -S ${here}/${folder} -B ${WORK}/consumer ${settings}
      -DCMAKE_PREFIX_PATH=${prefix} -DBOOKING_SOURCE=${SOURCE})
  run(${CMAKE_COMMAND} --build ${WORK}/consumer)
  run(${CMAKE_COMMAND} -E chdir ${WORK} ${WORK}/consumer/consumer)
endfunction()

# Where it is not the compiling that is tried. every_component compiles each source on its own.
set(at_once -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=10)
set(core_only -DBOOKING_WITH_SQLITE=OFF -DBOOKING_WITH_REDIS=OFF -DBOOKING_WITH_JSON=OFF -DBOOKING_WITH_FMT=OFF)
if(CASE STREQUAL "find_package")
  install_booking(${core_only})
  consume(find_package)
elseif(CASE STREQUAL "add_subdirectory")
  consume(add_subdirectory)
elseif(CASE STREQUAL "every_component")
  install_booking(-DBUILD_SHARED_LIBS=OFF)
  consume(every_component)
elseif(CASE STREQUAL "every_component_shared")
  install_booking(-DBUILD_SHARED_LIBS=ON ${at_once})
  consume(every_component)
elseif(CASE STREQUAL "refused_version")
  install_booking(${core_only})
  run(${CMAKE_COMMAND} -S ${here}/refused_version -B ${WORK}/consumer ${settings}
      -DCMAKE_PREFIX_PATH=${prefix})
elseif(CASE STREQUAL "pkg_config")
  install_booking(-DBOOKING_WITH_FMT=OFF -DCMAKE_INSTALL_LIBDIR=lib ${at_once})
  set(ENV{PKG_CONFIG_PATH} ${prefix}/lib/pkgconfig)
  run(sh -c "${COMPILER} -std=c++20 ${here}/consumer.cpp -o ${WORK}/consumer \
             $(pkg-config --cflags --libs booking-core)")
  run(${WORK}/consumer)
  run(sh -c "pkg-config --cflags --libs --static booking-sqlite booking-redis booking-json")
else()
  message(FATAL_ERROR "no such case: ${CASE}")
endif()
file(REMOVE_RECURSE ${WORK})
