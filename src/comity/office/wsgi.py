"""The WSGI application of the office; `server` has booted the node before this is imported."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
