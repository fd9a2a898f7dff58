"""Files from the browser 上传: where they are chosen, and what is said of those that do not arrive whole."""

from typing import Any

from nicegui import ui

_HEADER = """
<div class="row no-wrap items-center q-px-md q-py-sm q-gutter-x-md">
  <q-spinner v-if="props.isUploading" size="1.5em" />
  <div class="col">{label}<span v-if="props.isUploading">　{{{{ props.uploadProgressLabel }}}}</span></div>
  <q-btn v-if="props.canAddFiles" unelevated no-wrap icon="folder_open" label="选择文件" color="white"
    text-color="primary" @click="props.pickFiles"><q-uploader-add-trigger /></q-btn>
</div>
"""


def upload_field(label: str, **how: Any) -> ui.upload:
    """A place to drop or choose a file, which is sent at once; `how` as of `ui.upload`."""
    upload = ui.upload(label=label, auto_upload=True, **how).classes("w-full")
    upload.add_slot("header", _HEADER.format(label=label))
    upload.on("uploaded", upload.reset)  # not before: it would wait for ever
    upload.on("failed", lambda: _not_arrived(upload))
    return upload


def _not_arrived(upload: ui.upload) -> None:
    ui.notify("文件没有传完：请检查网络与文件大小后再选一次", type="negative", timeout=10_000)
    upload.reset()
