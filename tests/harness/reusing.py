"""Databases of PostgreSQL that serve one test after the other.

A copy of a template is a thousand files to write and to remove; rows of a test are a few dozen. So a used
database is put back to what its template holds: every row goes, also from tables that refuse deletion
(I10 holds for the product; here triggers are off), the template's own come back, and numbers start anew.
"""

import secrets
from typing import Final

import psycopg

from comity.kernel.ids import NodeId
from tests.harness.postgres import PostgresCluster

KEEP: Final = """
CREATE SCHEMA template;
DO $$
DECLARE name text; filled boolean;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO filled;
    IF filled THEN
      EXECUTE format('CREATE TABLE template.%I AS TABLE public.%I', name, name);
    END IF;
  END LOOP;
END $$;
CREATE TABLE template."numbers of sequences" AS
  SELECT format('public.%I', sequencename)::regclass AS name, last_value
    FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
CREATE FUNCTION template.put_back() RETURNS void LANGUAGE plpgsql AS $$
DECLARE each record; filled boolean;
BEGIN
  FOR each IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', each.name) INTO filled;
    IF filled THEN
      EXECUTE format('DELETE FROM public.%I', each.name);
    END IF;
  END LOOP;
  FOR each IN SELECT tablename AS name FROM pg_tables
              WHERE schemaname = 'template' AND tablename <> 'numbers of sequences' LOOP
    EXECUTE format('INSERT INTO public.%I SELECT * FROM template.%I', each.name, each.name);
  END LOOP;
  FOR each IN SELECT format('public.%I', sequencename)::regclass AS name
              FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
    EXECUTE format('ALTER SEQUENCE %s RESTART', each.name);
  END LOOP;
  PERFORM setval(name, last_value) FROM template."numbers of sequences";
END $$;
"""
"""Run once in a template; its copies have the function too."""

PUT_BACK: Final = (
    "SET session_replication_role = replica; SET lock_timeout = '5s'; SELECT template.put_back()"
)
"""`replica`: neither triggers nor foreign keys. Whoever still holds a lock makes this fail, not wait."""


class ReusedDatabases:
    """Copies of the template of each node, used again and again."""

    def __init__(self, cluster: PostgresCluster) -> None:
        self.cluster = cluster
        self._free: dict[str, list[str]] = {}

    def keep(self, template: str) -> None:
        """Have a template remember what it holds; nobody is connected to it afterwards."""
        with psycopg.connect(self.cluster.url(template)) as connection:
            connection.execute(KEEP)

    def take(self, template: str, node: NodeId) -> str:
        """Return the name of a database that holds what its template holds."""
        free = self._free.setdefault(template, [])
        if free:
            name = free.pop()
            with psycopg.connect(self.cluster.url(name), autocommit=True) as connection:
                connection.execute(PUT_BACK)
            return name
        name = f"{node.lower()}_{secrets.token_hex(4)}"
        self.cluster.copy_database(template, name)
        return name

    def give_back(self, template: str, name: str) -> None:
        """Let the next test have a database."""
        self._free[template].append(name)
