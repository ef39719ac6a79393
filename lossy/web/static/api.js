// The browser's own cookie and Origin go along with what is tried here.
SwaggerUIBundle({ url: "/api/openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null });
