# Runs a program in a new, empty folder that is removed afterwards, and checks what it did:
#   cmake -DFOLDER=… -DCOMMAND="…" [-DEXIT=0] [-DOUTPUT=regex] [-DFILES=…] [-DGIVEN=…] -P run_case.cmake
# COMMAND may hold several commands, parted by the word AND; each runs in the same folder.
# EXIT and OUTPUT (of both streams) speak of the last one. GIVEN is a file that is there before and
# must be the same behind; FILES are all files that may be left. TMPDIR is FOLDER, so that a
# temporary file that stays behind is seen.
file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER})
if(GIVEN)
  file(WRITE ${FOLDER}/${GIVEN} "not yours\n")
endif()
set(ENV{TMPDIR} ${FOLDER})

set(command "")
foreach(word IN LISTS COMMAND ITEMS AND)
  if(NOT word STREQUAL "AND")
    list(APPEND command "${word}")
    continue()
  endif()
  execute_process(COMMAND ${command} WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE code
                  OUTPUT_VARIABLE output ERROR_VARIABLE output)
  message("${output}")
  set(command "")
endforeach()

file(GLOB_RECURSE left RELATIVE ${FOLDER} ${FOLDER}/*)
set(given_after "not yours\n")
if(GIVEN)
  file(READ ${FOLDER}/${GIVEN} given_after)
endif()
file(REMOVE_RECURSE ${FOLDER})

if(NOT EXIT)
  set(EXIT 0)
endif()
if(NOT code STREQUAL EXIT)
  message(FATAL_ERROR "exit status ${code}, expected ${EXIT}")
elseif(NOT output MATCHES "${OUTPUT}")
  message(FATAL_ERROR "the output does not match: ${OUTPUT}")
elseif(NOT left STREQUAL "${FILES}")
  message(FATAL_ERROR "files left: '${left}', expected '${FILES}'")
elseif(NOT given_after STREQUAL "not yours\n")
  message(FATAL_ERROR "${GIVEN} was changed")
endif()
