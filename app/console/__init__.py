"""The web console 控制台: pages on the same records and functions as the API, in the service's own process."""

from app.console.frame import PATH
from app.console.load import UPLOADS
from app.console.mounting import mount

__all__ = ["PATH", "UPLOADS", "mount"]
