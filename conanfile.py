"""Conan 2 recipe: `conan create .` from a checkout. Every optional part is an option."""

import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir

required_conan_version = ">=2.0"


class BookingConan(ConanFile):
    name = "booking"
    description = "Sells a limited number of seats correctly under any concurrency"
    license = "MIT"
    topics = ("booking", "reservation", "inventory", "concurrency")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    implements = ["auto_shared_fpic"]
    options = {
        "shared": [True, False],
        "fPIC": [True, False],
        "with_sqlite": [True, False],
        "with_redis": [True, False],
        "with_json": [True, False],
        "with_fmt": [True, False],
    }
    default_options = {
        "shared": False,
        "fPIC": True,
        "with_sqlite": False,
        "with_redis": False,
        "with_json": False,
        "with_fmt": False,
    }
    exports_sources = "CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "src/*"

    def set_version(self):
        header = load(self, os.path.join(self.recipe_folder, "include/booking/version.hpp"))
        self.version = re.search(r'BOOKING_VERSION "(.*)"', header).group(1)

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        if self.options.with_sqlite:
            self.requires("sqlite3/[>=3.45 <4]")
        if self.options.with_redis:
            self.requires("hiredis/[>=1.0 <2]")
        if self.options.with_json:
            self.requires("boost/[>=1.81 <2]", options={"header_only": True})
        if self.options.with_fmt:
            self.requires("fmt/[>=9 <13]", transitive_headers=True)

    def validate(self):
        check_min_cppstd(self, 20)

    def generate(self):
        toolchain = CMakeToolchain(self)
        for part in ("sqlite", "redis", "json", "fmt"):
            wanted = bool(getattr(self.options, f"with_{part}"))
            toolchain.cache_variables[f"BOOKING_WITH_{part.upper()}"] = wanted
        toolchain.cache_variables["BOOKING_BUILD_TESTS"] = False
        toolchain.cache_variables["BOOKING_BUILD_EXAMPLES"] = False
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()
        for folder in ("lib/cmake", "lib/pkgconfig", "share"):
            rmdir(self, os.path.join(self.package_folder, folder))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "booking")
        for name in ("core", "testing"):
            component = self.cpp_info.components[name]
            component.set_property("cmake_target_name", f"booking::{name}")
            component.bindirs = component.libdirs = []
        self.cpp_info.components["core"].system_libs = ["pthread"]
        self.cpp_info.components["testing"].requires = ["core"]
        needs = {"sqlite": "sqlite3::sqlite3", "redis": "hiredis::hiredis",
                 "json": "boost::headers", "fmt": "fmt::fmt"}
        for name, requirement in needs.items():
            if not self.options.get_safe(f"with_{name}"):
                continue
            component = self.cpp_info.components[name]
            component.set_property("cmake_target_name", f"booking::{name}")
            component.requires = ["core", requirement]
            if name == "fmt":
                component.bindirs = component.libdirs = []
            else:
                component.libs = [f"booking_{name}"]
