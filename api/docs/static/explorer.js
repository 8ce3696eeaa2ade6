// Swagger UI over the contract of this service, and of no other: it asks nobody to validate the
// document, takes no address from the query, and forgets the token when the page is left.
const place = document.getElementById("explorer");

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

window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.contract,
  plugins: [Addresses],
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  persistAuthorization: false,
  queryConfigEnabled: false,
  validatorUrl: null,
});
