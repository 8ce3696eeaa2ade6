"""What people may do: roles, and the permissions that they carry."""
