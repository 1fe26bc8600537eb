"""One camera, live: the threads that read, look and publish, and what passes between them."""
