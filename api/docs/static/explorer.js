// Swagger UI over the contract of this service, and of no other: it asks nobody to validate the
// document, takes no address from the query, and forgets the token when the page is left.
const place = document.getElementById("explorer");

window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.contract,
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  persistAuthorization: false,
  queryConfigEnabled: false,
  validatorUrl: null,
});
