"""What the log says of an unexpected error."""

import pytest
import structlog

from app.cli.log import configure_log


def test_an_error_is_logged_with_its_calls_but_not_with_what_was_in_hand(
    capfd: pytest.CaptureFixture[str],
) -> None:
    before = structlog.get_config()
    try:
        configure_log("info")
        personal = "138" + "00138000"
        try:
            int("none") + len(personal)
        except ValueError as error:
            structlog.get_logger("chanjiao.test").error("unexpected error", id="x1", exc_info=error)
        structlog.get_logger("chanjiao.test").debug("too fine")
    finally:
        structlog.configure(**before)
    said = capfd.readouterr().err
    assert "unexpected error" in said and "x1" in said and "ValueError" in said
    assert "test_an_error_is_logged" in said
    assert "13800138000" not in said
    assert "too fine" not in said
