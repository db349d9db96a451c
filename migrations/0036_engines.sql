-- Models that are one GGUF file, for llama.cpp on the processors of a machine: where the file is, and what it must be.
-- {"source": "/path on the machine" or "https://...", "sha256": hex or null}
alter table models add column gguf jsonb;
