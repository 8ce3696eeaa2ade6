"""A request as a command of curl, in Python (httpx) and in TypeScript (fetch)."""

from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from api.docs.reference.literals import render_literal

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
MAX_FIRST_LINE = 60  # of curl's command with a method; a long URL has a line of its own
TOKEN = {"curl": "$TOKEN", "python": "{os.environ['TOKEN']}", "typescript": "${process.env.TOKEN}"}


@dataclass(frozen=True)
class Sample:
    language: str  # "curl", "python" or "typescript"
    title: str
    text: str


@dataclass(frozen=True)
class ExampleRequest:
    """What a sample sends."""

    method: str
    url: str
    needs_token: bool = True
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = ""  # of the body; empty if there is none
    body: object = None
    answers: str = JSON  # the media type of the response; empty if it has no body

    @property
    def content_type(self) -> dict[str, str]:
        """Return the header, which the clients set by themselves where they encode the body."""
        return {"Content-Type": self.media_type} if self.media_type else {}


def make_samples(request: ExampleRequest) -> list[Sample]:
    return [
        Sample("curl", "curl", render_curl(request)),
        Sample("python", "Python", render_python(request)),
        Sample("typescript", "TypeScript", render_typescript(request)),
    ]


def make_url(base_url: str, path: str, values: dict[str, object], query: dict[str, object]) -> str:
    """Return the URL of a path with its parameters filled in."""
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
    return base_url + path + (f"?{urlencode(query)}" if query else "")


def render_curl(request: ExampleRequest) -> str:
    command = "curl" if request.method == "GET" else f"curl -X {request.method}"
    first = f"{command} {_shell(request.url)}"
    is_short = request.method == "GET" or len(first) <= MAX_FIRST_LINE
    parts = [first] if is_short else [command, _shell(request.url)]
    if request.needs_token:
        parts.append(f'-H "Authorization: Bearer {TOKEN["curl"]}"')
    headers = dict(request.headers)
    if request.media_type != FORM:
        headers |= request.content_type
    parts += [f"-H {_quote(f'{name}: {value}')}" for name, value in headers.items()]
    return " \\\n  ".join(parts + _curl_body(request))


def _curl_body(request: ExampleRequest) -> list[str]:
    if request.media_type == FORM and isinstance(request.body, dict):
        pairs = request.body.items()
        return [f"--data-urlencode {_quote(f'{name}={value}')}" for name, value in pairs]
    if request.media_type == JSON:
        return [f"-d {_quote(render_literal(request.body, 'json', 2))}"]
    if request.media_type:
        body = "\n".join(str(request.body).splitlines())
        return [f"--data-binary @- <<'END'\n{body}\nEND"]
    return []


def render_python(request: ExampleRequest) -> str:
    headers = dict(request.headers)
    if request.media_type not in {FORM, JSON}:
        headers |= request.content_type
    arguments = [f'"{request.url}"', *_python_headers(request, headers), *_python_body(request)]
    call = f"httpx.{request.method.lower()}"
    inner = "".join(f"    {argument},\n" for argument in arguments)
    called = f"{call}({arguments[0]})" if len(arguments) == 1 else f"{call}(\n{inner})"
    imports = "import os\n\nimport httpx" if request.needs_token else "import httpx"
    shown = {"": "", JSON: "\nprint(response.json())"}.get(
        request.answers, "\nprint(response.text)"
    )
    return f"{imports}\n\nresponse = {called}\nresponse.raise_for_status(){shown}"


def _python_headers(request: ExampleRequest, headers: dict[str, str]) -> list[str]:
    pairs = [f'"{name}": {render_literal(value, "python")}' for name, value in headers.items()]
    if request.needs_token:
        pairs.insert(0, f'"Authorization": f"Bearer {TOKEN["python"]}"')
    if len(pairs) > 1:
        inner = "".join(f"        {pair},\n" for pair in pairs)
        return [f"headers={{\n{inner}    }}"]
    return [f"headers={{{pairs[0]}}}"] if pairs else []


def _python_body(request: ExampleRequest) -> list[str]:
    if request.media_type in {FORM, JSON}:
        name = "data" if request.media_type == FORM else "json"
        return [f"{name}={render_literal(request.body, 'python', 4)}"]
    if request.media_type:
        lines = [
            f"        {render_literal(line, 'python')}"
            for line in str(request.body).splitlines(keepends=True)
        ]
        return ["content=(\n" + "\n".join(lines) + "\n    )"]
    return []


def render_typescript(request: ExampleRequest) -> str:
    members = [] if request.method == "GET" else [f'method: "{request.method}"']
    headers = dict(request.headers)
    if request.media_type != FORM:  # fetch sets it, as URLSearchParams say
        headers |= request.content_type
    members += _typescript_headers(request, headers) + _typescript_body(request)
    inner = "".join(f"  {member},\n" for member in members)
    options = f", {{\n{inner}}}" if members else ""
    shown = {"": "", JSON: "\nconsole.log(await response.json());"}.get(
        request.answers, "\nconsole.log(await response.text());"
    )
    return (
        f'const response = await fetch("{request.url}"{options});\n'
        f"if (!response.ok) throw new Error(await response.text());{shown}"
    )


def _typescript_headers(request: ExampleRequest, headers: dict[str, str]) -> list[str]:
    pairs = [f'"{name}": {render_literal(value, "typescript")}' for name, value in headers.items()]
    if request.needs_token:
        pairs.insert(0, f"Authorization: `Bearer {TOKEN['typescript']}`")
    if len(pairs) > 1:
        inner = "".join(f"    {pair},\n" for pair in pairs)
        return [f"headers: {{\n{inner}  }}"]
    return [f"headers: {{ {pairs[0]} }}"] if pairs else []


def _typescript_body(request: ExampleRequest) -> list[str]:
    if request.media_type == FORM:
        return [f"body: new URLSearchParams({render_literal(request.body, 'typescript', 2)})"]
    if request.media_type == JSON:
        return [f"body: JSON.stringify({render_literal(request.body, 'typescript', 2)})"]
    if request.media_type:
        lines = [
            f"    {render_literal(line, 'typescript')}," for line in str(request.body).splitlines()
        ]
        return ["body: [\n" + "\n".join(lines) + '\n  ].join("\\n")']
    return []


def _shell(url: str) -> str:
    return _quote(url) if set(url) & set("?&;*'$ ") else url


def _quote(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
