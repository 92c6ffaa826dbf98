"""The API's description, as OpenAPI and as pages."""
