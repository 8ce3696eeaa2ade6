"""The reference shows all of the contract, and each of its links leads somewhere."""

import json
import re
from html import unescape
from itertools import pairwise
from urllib.parse import urlsplit

import pytest

from api.docs.reference.site import Site
from api.web.pages import CONTENT_SECURITY_POLICY as POLICY

BASE = "http://127.0.0.1:8000"
HREF = re.compile(r'(?:href|src|data-index)="([^"]+)"')
MARKDOWN_LINK = re.compile(r"\]\(([^)]+)\)")


@pytest.fixture
def reader(app):
    return app.test_client()


@pytest.fixture
def contract(reader):
    return reader.get("/openapi.json").json


@pytest.fixture
def site(app) -> Site:
    return app.extensions["rollbook.docs"].site


@pytest.fixture
def pages(reader, site):
    """The path of each page of the reference, with its HTML."""
    paths = ["/docs/reference", *(f"/docs/reference/{tag.slug}" for tag in site.reference.tags)]
    return {path: reader.get(path).text for path in paths}


def operations(contract):
    return [
        (method.upper(), path, operation)
        for path, item in contract["paths"].items()
        for method, operation in item.items()
        if "operationId" in operation
    ]


def section(pages, operation_id):
    """Return the part of a page that is about an operation."""
    for text in pages.values():
        for part in text.split('<section class="operation" id="')[1:]:
            if part.startswith(f'{operation_id}"'):
                return unescape(re.sub(r"<wbr>", "", part))
    pytest.fail(f"{operation_id} is on no page")
    return None


def test_each_operation_is_shown_with_its_path_and_its_callers(pages, contract):
    for method, path, operation in operations(contract):
        shown = section(pages, operation["operationId"])
        assert f"<code>{path}</code>" in shown
        assert f">{method}</span>" in shown
        assert operation["summary"] in shown
        if permission := operation.get("x-permission"):
            assert f"{permission}</span>" in shown
        is_public = not operation["security"] or {} in operation["security"]
        assert ("no access token needed" in shown) == is_public
        assert (", or your own account" in shown) == operation.get("x-self", False)


def test_each_status_and_each_error_code_is_shown(pages, site):
    for tag in site.reference.tags:
        for operation in tag.operations:
            shown = section(pages, operation.id)
            for response in operation.successes:
                assert f">{response.status}</span>" in shown
            for response in operation.errors:
                assert response.errors, (operation.id, response.status)
                for error in response.errors:
                    assert f'href="/docs/errors/{error.code}"' in shown


def test_each_parameter_and_each_member_is_shown(pages, site):
    for tag in site.reference.tags:
        for operation in tag.operations:
            shown = section(pages, operation.id)
            for members in operation.parameters.values():
                for member in members:
                    assert f'<code class="name">{member.name}</code>' in shown
            for content in operation.bodies:
                for member in content.schema.members:
                    assert f'<code class="name">{member.name}</code>' in shown


def test_each_event_is_shown_with_its_headers_its_members_and_its_payloads(reader, contract):
    page = unescape(reader.get("/docs/reference/webhook-events").text)
    head, *sections = page.split('<section class="operation" id="')
    assert [each.partition('"')[0] for each in sections] == list(contract["webhooks"])
    for name in contract["components"]["parameters"]:
        assert f'<code class="name">{name}</code>' in head
    for shown, item in zip(sections, contract["webhooks"].values(), strict=True):
        content = item["post"]["requestBody"]["content"]["application/json"]
        data = content["schema"]["properties"]["data"]["properties"]
        for name in ("type", "timestamp", *data, *data.get("details", {}).get("properties", ())):
            assert f'<code class="name">{name}</code>' in shown
        assert re.findall(r'data-payload="(\w+)"', shown) == list(content["examples"])


def test_texts_about_the_section_of_events_lead_to_their_page(pages):
    link = 'section <a href="/docs/reference/webhook-events"><code>webhooks</code></a>'
    assert pages["/docs/reference/webhooks"].count(link) > 1


def test_each_operation_has_a_sample_in_each_language(site):
    for tag in site.reference.tags:
        for operation in tag.operations:
            languages = [sample.language for sample in operation.samples]
            assert languages == ["curl", "python", "typescript"]


def test_the_pages_load_nothing_from_other_hosts(reader, pages):
    for path, text in pages.items():
        assert reader.get(path).headers["Content-Security-Policy"] == POLICY
        loaded = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"', text)
        assert loaded
        assert all(url.startswith("/docs/") for url in loaded)
        assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=", text)


def test_each_link_leads_to_a_page_and_to_a_place_on_it(reader, pages):
    for path, text in pages.items():
        for url in {unescape(url) for url in HREF.findall(text)}:
            target = urlsplit(url)
            if target.path == "/specification":  # is there once the features have run
                continue
            answer = reader.get(target.path or path)
            assert answer.status_code == 200, url
            if target.fragment and not target.fragment.startswith("/"):  # `#/` is Swagger UI's
                assert f'id="{target.fragment}"' in answer.text, url


def test_no_id_occurs_twice_on_a_page(pages):
    for path, text in pages.items():
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert len(ids) == len(set(ids)), path


def test_the_headings_of_a_page_skip_no_level(pages):
    for path, text in pages.items():
        levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", text)]
        assert levels.count(1) == 1, path
        assert all(below - above <= 1 for above, below in pairwise(levels)), path


def test_the_markdown_of_a_tag_has_all_of_its_operations(reader, site):
    for tag in site.reference.tags:
        answer = reader.get(f"/docs/reference/{tag.slug}.md")
        assert answer.mimetype == "text/markdown"
        for operation in tag.operations:
            assert f"`{operation.method} {operation.path}`" in answer.text
            for sample in operation.samples:
                assert sample.text in answer.text


def test_the_whole_reference_is_one_markdown_document(reader, contract):
    whole = reader.get("/docs/reference.md").text
    for method, path, _ in operations(contract):
        assert f"`{method} {path}`" in whole
    for name, item in contract["webhooks"].items():
        assert f"### {name}\n\n{item['post']['description']}\n" in whole
    assert not re.search(r"\n{4}", whole)
    assert "&#39;" not in whole
    assert "&lt;" not in whole


def test_llms_txt_has_the_agreed_form_and_its_links_work(reader):
    answer = reader.get("/llms.txt")
    lines = answer.text.splitlines()
    assert answer.mimetype == "text/markdown"
    assert lines[0].startswith("# ")
    assert lines[2].startswith("> ")
    assert [line for line in lines if line.startswith("## ")][-1] == "## Optional"
    assert "`user.created`, " in answer.text
    links = MARKDOWN_LINK.findall(answer.text)
    assert links
    for url in links:
        assert url.startswith(BASE)
        assert reader.get(url.removeprefix(BASE)).status_code == 200, url


def test_the_search_finds_each_operation_and_each_code(reader, contract):
    index = json.loads(reader.get("/docs/reference/search.json").data)
    details = {entry["detail"] for entry in index}
    assert {f"{method} {path}" for method, path, _ in operations(contract)} <= details
    assert {*contract["webhooks"], "401 unauthenticated"} <= details
    for entry in index:
        path, _, fragment = entry["url"].partition("#")
        page = reader.get(f"/docs/{path}").text
        assert not fragment or f'id="{fragment}"' in page


def test_the_index_knows_the_members_of_bodies(reader):
    index = json.loads(reader.get("/docs/reference/search.json").data)
    found = [entry["detail"] for entry in index if "refresh_expires_in" in entry["words"]]
    assert "POST /api/login" in found


@pytest.mark.parametrize("path", ["/docs/reference/nope", "/docs/reference/nope.md"])
def test_an_unknown_tag_gets_an_error_page(reader, path):
    answer = reader.get(path)
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_a_page_is_rendered_once(reader, site):
    reader.get("/docs/reference/users")
    first = site.page("users", "")
    reader.get("/docs/reference/users")
    assert site.page("users", "") is first


def test_an_unchanged_page_is_304(reader):
    etag = reader.get("/docs/reference/users").headers["ETag"]
    again = reader.get("/docs/reference/users", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")


def test_a_start_reads_no_reference(build):
    site = build().extensions["rollbook.docs"].site
    assert "reference" not in vars(site)
    assert not site.pages


@pytest.mark.parametrize(
    "path", ["/docs/reference", "/docs/reference/users", "/docs/reference.md", "/llms.txt"]
)
def test_a_disabled_documentation_has_no_reference(build, path):
    assert build(docs_enabled=False).test_client().get(path).status_code == 404


def test_case_N_17_an_unknown_code_is_a_page_that_names_similar_codes(reader):
    answer = reader.get("/docs/errors/unauthentcated", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert 'href="/docs/errors/unauthenticated"' in answer.text
    assert 'href="/docs/errors"' in answer.text


def test_case_N_17_the_example_of_permission_denied_names_a_permission(reader):
    assert "&#34;permission&#34;: &#34;" in reader.get("/docs/errors/permission_denied").text
