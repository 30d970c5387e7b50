"""The pages: each file holds the routes of one, its view (`bridge/web/views`) says what is shown, a template how."""
