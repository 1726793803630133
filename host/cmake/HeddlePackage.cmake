# What leaves the build: exported symbols, installed files, packages.
# Install components: runtime (the shared library), devel (headers, static library, what CMake and
# pkg-config read), command.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# Only HEDDLE_API leaves the library, under a version of the ABI. What compilers make visible besides
# (the standard library's templates, the CUDA runtime's symbols) stays inside.
function(heddle_export_only_the_api target)
  set(map ${PROJECT_BINARY_DIR}/heddle.map)
  configure_file(${PROJECT_SOURCE_DIR}/host/cmake/heddle.map.in ${map} @ONLY)
  target_link_options(${target} PRIVATE LINKER:--version-script=${map} LINKER:--exclude-libs,ALL)
  set_target_properties(${target} PROPERTIES LINK_DEPENDS ${map})
  if(NOT HEDDLE_SANITIZE AND NOT HEDDLE_BUILD_FUZZERS)  # a sanitizer's runtime is the program's
    target_link_options(${target} PRIVATE LINKER:--no-undefined)
  endif()
endfunction()

# heddle.pc for the shared library; with --static what the static one needs besides.
function(heddle_pkg_config)
  file(RELATIVE_PATH HEDDLE_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  string(REGEX REPLACE "/$" "" HEDDLE_PC_PREFIX "${HEDDLE_PC_PREFIX}")
  set(HEDDLE_PC_PRIVATE "-lstdc++ -lm -lpthread")
  if(HEDDLE_HAS_CUDA)
    get_target_property(cudart CUDA::cudart_static IMPORTED_LOCATION)
    get_filename_component(folder "${cudart}" DIRECTORY)
    string(APPEND HEDDLE_PC_PRIVATE " -L${folder} -lcudart_static -ldl -lrt")
  endif()
  configure_file(${PROJECT_SOURCE_DIR}/host/cmake/heddle.pc.in ${PROJECT_BINARY_DIR}/heddle.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/heddle.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
          COMPONENT devel)
endfunction()

# Two lists of targets: the static library in a CUDA build asks for a toolkit, the shared one never.
function(heddle_install)
  set(config ${CMAKE_INSTALL_LIBDIR}/cmake/heddle)
  set(static heddle)
  if(HEDDLE_HAS_IO)
    list(APPEND static heddle_io)
  endif()
  install(TARGETS heddle_shared EXPORT heddleSharedTargets
          LIBRARY COMPONENT runtime NAMELINK_COMPONENT devel)
  install(TARGETS ${static} EXPORT heddleStaticTargets ARCHIVE COMPONENT devel)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/heddle DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
          COMPONENT devel)
  foreach(list heddleSharedTargets heddleStaticTargets)
    install(EXPORT ${list} NAMESPACE heddle:: DESTINATION ${config} COMPONENT devel)
  endforeach()
  configure_package_config_file(${PROJECT_SOURCE_DIR}/host/cmake/heddleConfig.cmake.in
                                ${PROJECT_BINARY_DIR}/heddleConfig.cmake INSTALL_DESTINATION ${config})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/heddleConfigVersion.cmake
                                   COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/heddleConfig.cmake ${PROJECT_BINARY_DIR}/heddleConfigVersion.cmake
          DESTINATION ${config} COMPONENT devel)
  heddle_pkg_config()
  foreach(part runtime devel command)
    if(part STREQUAL "command" AND NOT HEDDLE_BUILD_CLI)
      continue()
    endif()
    install(FILES ${PROJECT_SOURCE_DIR}/LICENSE RENAME copyright COMPONENT ${part}
            DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/${HEDDLE_DEB_${part}})
  endforeach()
endfunction()

# cpack: a .tar.gz of everything, and three Debian packages.
set(HEDDLE_DEB_runtime libheddle${HEDDLE_ABI_VERSION})
set(HEDDLE_DEB_devel libheddle-dev)
set(HEDDLE_DEB_command heddle)
macro(heddle_packages)
  set(CPACK_GENERATOR "TGZ;DEB")
  set(CPACK_PACKAGE_NAME heddle)
  set(CPACK_PACKAGE_CONTACT "The Heddle developers <heddle@localhost>")
  set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
  set(CPACK_PACKAGE_CHECKSUM SHA256)
  set(CPACK_STRIP_FILES ON)
  set(CPACK_THREADS 1)
  set(CPACK_COMPONENTS_ALL runtime devel)
  if(HEDDLE_BUILD_CLI)
    list(APPEND CPACK_COMPONENTS_ALL command)
  endif()
  set(CPACK_ARCHIVE_COMPONENT_INSTALL OFF)
  set(CPACK_DEB_COMPONENT_INSTALL ON)
  set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME ${HEDDLE_DEB_runtime})
  set(CPACK_DEBIAN_DEVEL_PACKAGE_NAME ${HEDDLE_DEB_devel})
  set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME ${HEDDLE_DEB_command})
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
  set(CPACK_DEBIAN_DEVEL_PACKAGE_SECTION libdevel)
  set(CPACK_DEBIAN_COMMAND_PACKAGE_SECTION utils)
  set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "${PROJECT_DESCRIPTION}: the shared library")
  set(CPACK_COMPONENT_DEVEL_DESCRIPTION "${PROJECT_DESCRIPTION}: headers and the static library")
  set(CPACK_COMPONENT_COMMAND_DESCRIPTION "${PROJECT_DESCRIPTION}: the command")
  # What the programs link is read from them; a static library and headers need the same version.
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_COMMAND_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_GENERATE_SHLIBS ON)
  set(CPACK_DEBIAN_DEVEL_PACKAGE_DEPENDS "${HEDDLE_DEB_runtime} (= ${PROJECT_VERSION})")
  include(CPack)
endmacro()
