-- From where a worker's newest beat with news came. A hint only: where a machine is to be had is the provider's word.
alter table workers add column seen_from text;
