"""The reference of one application: its pages, rendered when they are first asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from threading import Lock

from flask import render_template

from api.core.errors import ApiError
from api.docs.prepared import Prepared
from api.docs.reference import markup
from api.docs.reference.documented import Reference
from api.docs.reference.reader import read_reference
from api.docs.reference.search_index import make_index

HTML, MARKDOWN, JSON = "text/html", "text/markdown", "application/json"


@dataclass(frozen=True)
class Site:
    """Reading the contract and rendering it takes a second, so each page is rendered once."""

    contract: bytes
    errors: Mapping[str, type[ApiError]]
    base_url: str
    pages: dict[tuple[str, str, str], Prepared] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    @cached_property
    def reference(self) -> Reference:
        return read_reference(self.contract, self.base_url)

    @cached_property
    def search_index(self) -> Prepared:
        return Prepared(make_index(self.reference, self.errors.values()), JSON)

    def has_tag(self, slug: str) -> bool:
        return slug in self.reference.by_slug

    def page(self, slug: str, root_path: str) -> Prepared:
        """Return the page of a tag as HTML; with an empty slug, the first page."""
        template = "docs/reference/tag.html" if slug else "docs/reference/index.html"
        return self._prepare(template, slug, HTML, root_path)

    def markdown(self, slug: str) -> Prepared:
        """Return a tag as Markdown; with an empty slug, all of them."""
        return self._prepare("docs/reference/tags.md", slug, MARKDOWN, self.base_url)

    def llms_text(self) -> Prepared:
        """Return the list of what programs can read, in the format of https://llmstxt.org."""
        return self._prepare("docs/reference/llms.txt", "", MARKDOWN, self.base_url)

    def _prepare(self, template: str, slug: str, mimetype: str, root: str) -> Prepared:
        key = template, slug, root
        with self.lock:
            if key not in self.pages:
                text = self._render(template, slug, root)
                self.pages[key] = Prepared(text.encode(), mimetype)
            return self.pages[key]

    def _render(self, template: str, slug: str, root: str) -> str:
        """Render a template whose links begin with ``root``: a path in HTML, a URL in Markdown."""
        urls = self._urls(root)
        return render_template(
            template,
            reference=self.reference,
            errors=self.errors,
            tag=self.reference.by_slug.get(slug),
            root=root,
            urls=urls,
            markdown=partial(markup.render_markdown, urls=urls),
            line=partial(markup.render_line, urls=urls),
            plain=markup.to_plain,
            highlight=markup.highlight_json,
            break_path=markup.break_path,
        )

    def _urls(self, root: str) -> dict[str, str]:
        """Return the page of each operation, by id and by `METHOD /path`, and of each code.

        `webhooks` is the section of the contract with the events.
        """
        operations = {
            name: f"{root}/docs/reference/{tag.slug}#{operation.id}"
            for tag in self.reference.tags
            for operation in tag.operations
            for name in (operation.id, f"{operation.method} {operation.path}")
        }
        codes = {code: f"{root}/docs/errors/{code}" for code in self.errors}
        urls = operations | codes
        for tag in self.reference.tags:
            if tag.events:
                urls["webhooks"] = f"{root}/docs/reference/{tag.slug}"
        return urls
