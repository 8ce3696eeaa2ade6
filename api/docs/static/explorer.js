// Swagger UI over the contract of this service, and of no other: it asks nobody to validate the
// document, takes no address from the query, and forgets the token when the page is left.
// What it lacks for people who use a keyboard or a screen reader is added where its plugins allow
// it (swagger-ui#7350), and else by labelling what it has rendered.
const place = document.getElementById("explorer");
const FIRST_ERROR_STATUS = 400;
const LINES = /ndjson|csv/;

// Opens what the address names. Swagger UI's own way takes each `_` of an operationId for a blank
// as well, and complains of it in the console; ours are meant as they are.
const open = (_original, { layoutActions, layoutSelectors }) => (hash) => {
  const [tag, operation] = hash.replace(/^#?!?\/?/, "").split("/");
  for (const path of [[tag], [tag, operation]].filter((names) => names.every(Boolean))) {
    const key = layoutSelectors.isShownKeyFromUrlHashArray(path);
    layoutActions.show(key, true);
    layoutActions.scrollTo(key);
  }
};
const Addresses = () => ({
  statePlugins: { layout: { wrapActions: { parseDeepLinkHash: open } } },
});

// An error is a line that leads to the page of its code. Swagger UI renders an example, a schema
// and headers for each of them: an operation is then several screens high, and each key that is
// pressed takes seconds while many operations are open.
const errorLine = ({ React: { createElement: h } }, code, example) => {
  const problem = example.get("value");
  const link = h("a", { href: `${place.dataset.errors}/${code}` }, h("code", null, code));
  return h("li", { key: code }, link, " ", problem?.get?.("detail") ?? example.get("summary"));
};
const Errors = (system) => ({
  wrapComponents: {
    response: (Original) => (props) => {
      const { React, getComponent } = system.getSystem();
      const h = React.createElement;
      if (Number(props.code) < FIRST_ERROR_STATUS || props.code === "default") return h(Original, props);
      const examples = props.response.getIn(["content", "application/problem+json", "examples"]);
      const lines = examples?.entrySeq().map(([code, example]) => errorLine({ React }, code, example)).toArray();
      const text = h(getComponent("Markdown", true), { source: props.response.get("description") });
      return h(
        "tr",
        { className: `response ${props.className ?? ""}`, "data-code": props.code },
        h("td", { className: "response-col_status" }, props.code),
        h("td", { className: "response-col_description", colSpan: 2 }, lines ? h("ul", { className: "error-codes" }, lines) : text),
      );
    },
  },
});

// A path within a button is no link: the button opens the operation, and sets the address.
const Paths = ({ React: { createElement: h } }) => ({
  wrapComponents: {
    DeepLink: (Original) => (props) =>
      props.path.includes("/") ? h("span", null, props.text) : h(Original, props),
  },
});

// A link of a response leads to its operation.
const Links = (system) => ({
  wrapComponents: {
    operationLink: () => ({ link }) => {
      const { React, specSelectors } = system.getSystem();
      const h = React.createElement;
      const id = link.get("operationId");
      const target = specSelectors.operations().find((each) => each.getIn(["operation", "operationId"]) === id);
      const tag = target?.getIn(["operation", "tags", 0]);
      return h("p", { className: "operation-link" }, tag ? h("a", { href: `#/${tag}/${id}` }, h("code", null, id)) : h("code", null, id));
    },
  },
});

// Rows are no JSON document (swagger-ui#5342), and may be chosen as a file.
const Rows = ({ React: { createElement: h, Fragment } }) => ({
  wrapComponents: {
    responseBody: (Original) => (props) =>
      h(Original, LINES.test(props.contentType) ? { ...props, contentType: "text/plain" } : props),
    RequestBody: (Original) => (props) => {
      if (!LINES.test(props.contentType)) return h(Original, props);
      // The body is shown as text with its example; Swagger UI itself would only take a file.
      const getSampleSchema = (schema, type, config, example) =>
        typeof example === "string" ? example : props.fn.getSampleSchema(schema, type, config, example);
      const fn = { ...props.fn, getSampleSchema, isFileUploadIntended: () => false };
      const body = h(Original, { ...props, fn });
      if (!props.isExecute) return body;
      const read = async ({ target }) => props.onChange(await target.files[0].text());
      const chooser = h("input", { type: "file", accept: ".ndjson,.jsonl,.csv,text/csv", onChange: read });
      return h(Fragment, null, h("label", { className: "file" }, "Take a file: ", chooser), body);
    },
  },
});

// Parameters that may be left out stay empty: Swagger UI fills each with its example, so that a list
// with all of its filters would be sent, which nobody is on.
const empty = (parameters) => {
  for (const parameter of parameters.filter(({ required }) => !required)) {
    for (const holder of [parameter, parameter.schema ?? {}]) {
      delete holder.example;
      delete holder.examples;
    }
  }
};
// Swagger UI reads all of the contract again for each operation that is opened. It gets no webhooks,
// which have a page of their own, and of an error what its line shows.
const shorten = (responses) => {
  for (const [status, response] of Object.entries(responses)) {
    if (!(Number(status) >= FIRST_ERROR_STATUS)) continue;
    delete response.headers;
    for (const content of Object.values(response.content ?? {})) delete content.schema;
  }
};
const Contract = () => ({
  statePlugins: {
    spec: {
      wrapActions: {
        updateJsonSpec: (original) => (contract) => {
          const copy = structuredClone(contract);
          delete copy.webhooks;
          empty(Object.values(copy.components?.parameters ?? {}));
          for (const item of Object.values(copy.paths ?? {})) {
            for (const part of [item, ...Object.values(item)]) {
              empty(part.parameters ?? []);
              shorten(part.responses ?? {});
            }
          }
          return original(copy);
        },
      },
    },
  },
});

const LABELS = [
  [".parameters-col_description :is(input, select, textarea)", (field) => field.closest("tr").dataset.paramName],
  [".examples-select select", () => "Example"],
  [".servers select", () => "Server"],
  ["textarea.body-param__text", () => "Request body"],
  [".close-modal", () => "Close"],
];
const isNamed = (field) => field.hasAttribute("aria-label") || field.labels?.length > 0;
const label = () => {
  for (const [selector, name] of LABELS) {
    for (const field of place.querySelectorAll(selector)) {
      if (!isNamed(field)) field.setAttribute("aria-label", name(field) ?? "Value");
    }
  }
  for (const block of place.querySelectorAll("pre.microlight")) block.tabIndex = 0; // they scroll
  // The name that is spoken begins with the text that is seen.
  const apply = '[aria-label="Apply credentials"], [aria-label="Apply given OAuth2 credentials"]';
  for (const button of place.querySelectorAll(apply)) {
    button.setAttribute("aria-label", `${button.textContent}: apply credentials`);
  }
};
let isPlanned = false;
new MutationObserver(() => {
  if (isPlanned) return;
  isPlanned = true;
  requestAnimationFrame(() => {
    isPlanned = false;
    label();
  });
}).observe(place, { childList: true, subtree: true });

window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.contract,
  plugins: [Addresses, Errors, Paths, Links, Rows, Contract],
  syntaxHighlight: { theme: "tomorrow-night" }, // the default has numbers that are too dark
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  persistAuthorization: false,
  queryConfigEnabled: false,
  validatorUrl: null,
});
