"""The one step of the build that setup.cfg cannot say: files from the top travel in the wheel.

sql/ and config.toml lie at the top of the repository, where people look for them, and a wheel has
nothing but packages. So the build copies them into klipfast_server/shipped. A checkout and an
editable install have no such folder, and `klipfast_server.core.shipped` finds the repository's own
there. Mapping them as packages (package_dir) would need every package listed by hand, gives an
editable install an import hook that type checkers cannot follow, and leaves config.toml out.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

TOP = Path(__file__).parent
SHIPPED = ("config.toml", "sql/*.sql", "sql/migrations/*.sql")


class BuildWithShipped(build_py):
    """build_py, and then the files from the top."""

    def run(self) -> None:
        """Copy the packages, and what is shipped with them."""
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / "klipfast_server" / "shipped"
        for pattern in SHIPPED:
            for source in sorted(TOP.glob(pattern)):
                copy = target / source.relative_to(TOP)
                self.mkpath(str(copy.parent))
                self.copy_file(str(source), str(copy), preserve_mode=False)


setup(cmdclass={"build_py": BuildWithShipped})
