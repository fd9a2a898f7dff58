"""`chanjiao db …`: migrations."""

import typer

from app import database
from app.cli.terminal import Json, said
from app.settings import get_settings

db_app = typer.Typer(help="数据库迁移 Database migrations.", no_args_is_help=True)


@db_app.command("upgrade")
def db_upgrade(as_json: Json = False) -> None:
    """把数据库升级到本程序需要的版本。"""
    engine = database.make_engine(get_settings().resolved_database_url)
    database.upgrade(engine)
    at, _ = database.revisions(engine)
    said({"revision": at}, as_json, f"数据库版本 {at}")


@db_app.command("check")
def db_check(as_json: Json = False) -> None:
    """检查数据库版本；不符时退出码为 2。"""
    engine = database.make_engine(get_settings().resolved_database_url)
    database.check(engine)
    at, _ = database.revisions(engine)
    said({"revision": at, "ok": True}, as_json, f"数据库版本 {at}，与程序一致")
