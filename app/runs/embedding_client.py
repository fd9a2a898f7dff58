"""Asking an OpenAI-compatible embedding server: one request, retried for as long as it may take."""

import json
import time
from collections.abc import Sequence

import httpx
from pydantic import SecretStr

from app.errors import EmbeddingUnavailableError
from app.retry_after import retry_after
from app.runs.embedding_answer import Vectors, read_answer

ATTEMPTS = 5
FIRST_PAUSE = 0.5
"""Seconds before the second attempt; each further pause is twice as long."""
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""States that may be over when asked again."""
_LARGEST_ANSWER = 256 * 1024 * 1024
_SEARCHED = 65_536
_SHOWN = 200


class OverloadedError(EmbeddingUnavailableError):
    """The server asked for more patience than the caller has: `seconds` from now."""

    code = "embedding_unavailable"

    def __init__(self, message: str, *, remedy: str, seconds: float) -> None:
        super().__init__(message, remedy=remedy)
        self.seconds = seconds


class EmbeddingClient:
    """A server, a model and a key. Threads may share it. The key is in the header of requests and nowhere else."""

    def __init__(self, url: str, model: str, key: SecretStr, timeout: float) -> None:
        self.model = model
        self.timeout = timeout
        self._url = url
        self._key = key
        headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key.get_secret_value() else {}
        try:
            self._http = httpx.Client(headers=headers, timeout=timeout, follow_redirects=False)
        except (UnicodeEncodeError, ValueError):
            self._http = httpx.Client(timeout=timeout, follow_redirects=False)
            self._fault = "CHANJIAO_EMBEDDING_KEY 含有不能放进请求头的字符"
        else:
            self._fault = "" if model else "没有设置 CHANJIAO_EMBEDDING_MODEL"

    @property
    def address(self) -> str:
        """Where it asks, without user, password and query: fit to be shown."""
        return str(self._endpoint().copy_with(username=None, password=None, query=None))

    def close(self) -> None:
        self._http.close()

    def embed(self, texts: Sequence[str], deadline: float) -> Vectors:
        """Unit vectors (texts, dimensions) of one batch of texts, none of them empty.

        Overload, errors of the server and time-outs are tried again, at most 5 times in all, with pauses that
        double or are as long as `Retry-After` says, and never beyond `deadline` (of `time.monotonic`). Raises
        EmbeddingUnavailableError with the reason and a remedy.
        """
        endpoint, body = self._endpoint(), json.dumps({"model": self.model, "input": list(texts)}).encode()
        pause = FIRST_PAUSE
        for attempt in range(1, ATTEMPTS + 1):
            try:
                status, headers, answer = self._post(endpoint, body, deadline)
            except httpx.HTTPError as error:
                failure, wait = self._broken(error, attempt), pause
            else:
                if status == 200:
                    return read_answer(answer, len(texts))
                failure = self._refused(status, answer, len(texts), attempt)
                if status not in _PASSING:
                    raise failure
                asked = retry_after(headers.get("retry-after"))
                wait = max(pause, asked)
                if asked and time.monotonic() + asked >= deadline:
                    raise OverloadedError(failure.message, remedy=failure.remedy, seconds=asked)
            if attempt == ATTEMPTS or time.monotonic() + wait >= deadline:
                raise failure
            time.sleep(wait)
            pause *= 2
        raise AssertionError("the last attempt either answers or raises")

    def _post(self, endpoint: httpx.URL, body: bytes, deadline: float) -> tuple[int, httpx.Headers, bytes]:
        """Status, headers and body, read in pieces: a server that trickles is cut off when its time is over."""
        end = min(deadline, time.monotonic() + self.timeout)
        patience = max(end - time.monotonic(), 0.001)
        request = self._http.stream(
            "POST", endpoint, content=body, headers={"Content-Type": "application/json"}, timeout=patience
        )
        answer = bytearray()
        with request as response:
            for piece in response.iter_bytes():
                answer += piece
                if time.monotonic() > end:
                    raise httpx.ReadTimeout("trickled", request=response.request)
                if len(answer) > _LARGEST_ANSWER:
                    raise EmbeddingUnavailableError(
                        "向量服务的回答超过 256 MB", remedy="请减小 CHANJIAO_EMBEDDING_BATCH"
                    )
            return response.status_code, response.headers, bytes(answer)

    def _endpoint(self) -> httpx.URL:
        """The address of `…/embeddings`, also where only the server or `…/v1` was given."""
        if self._fault:
            raise EmbeddingUnavailableError(self._fault, remedy="请补上或改正这项设置")
        try:
            url = httpx.URL(self._url.strip())
        except (httpx.InvalidURL, ValueError):
            url = httpx.URL("")
        if url.scheme not in ("http", "https") or not url.host:
            raise EmbeddingUnavailableError(
                "CHANJIAO_EMBEDDING_URL 不是 http 或 https 地址", remedy="例如 http://127.0.0.1:8080/v1"
            )
        path = url.path.rstrip("/")
        if not path.endswith("/embeddings"):
            path = f"{path or '/v1'}/embeddings"
        return url.copy_with(path=path)

    def _broken(self, error: httpx.HTTPError, attempt: int) -> EmbeddingUnavailableError:
        if isinstance(error, httpx.TimeoutException):
            return EmbeddingUnavailableError(
                f"向量服务没有按时回答（试了 {attempt} 次，每次至多 {self.timeout:g} 秒）",
                remedy="请检查服务是否过载，或加大 CHANJIAO_EMBEDDING_TIMEOUT、减小 CHANJIAO_EMBEDDING_BATCH",
            )
        if isinstance(error, httpx.ConnectError):
            return EmbeddingUnavailableError(
                f"连不上向量服务（试了 {attempt} 次）",
                remedy="请检查服务是否在运行、CHANJIAO_EMBEDDING_URL 是否正确",
            )
        return EmbeddingUnavailableError(
            f"与向量服务的连接中断（试了 {attempt} 次，{type(error).__name__}）",
            remedy="请查看向量服务的日志",
        )

    def _refused(self, status: int, answer: bytes, texts: int, attempt: int) -> EmbeddingUnavailableError:
        if status in (401, 403):  # What such an answer says may repeat the key.
            return EmbeddingUnavailableError(
                f"向量服务拒绝了密钥（{status}）", remedy="请检查 CHANJIAO_EMBEDDING_KEY"
            )
        said = self._said(answer)
        if status == 404:
            remedy = "请检查 CHANJIAO_EMBEDDING_URL 与 CHANJIAO_EMBEDDING_MODEL"
        elif status == 429:
            remedy = "请稍后再试，或减小 CHANJIAO_EMBEDDING_BATCH"
        elif status in (400, 413, 422):
            remedy = f"请核对模型，或减小 CHANJIAO_EMBEDDING_BATCH（这次送去 {texts} 段文字）"
        else:
            remedy = "请查看向量服务的日志"
        return EmbeddingUnavailableError(
            f"向量服务回答 {status}（试了 {attempt} 次）",
            remedy=remedy,
            where={"服务说": said} if said else None,
        )

    def _said(self, answer: bytes) -> str:
        """The server's own words, one line of them, without the key."""
        text = answer[:_SEARCHED].decode("utf-8", "replace")
        if key := self._key.get_secret_value():
            text = text.replace(key, "***")
        return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_SHOWN]
