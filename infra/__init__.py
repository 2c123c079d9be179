"""What checks the Terraform, the Dockerfile and the ARM view with no cloud, no registry of providers, no network."""
