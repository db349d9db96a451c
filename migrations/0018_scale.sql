-- What is asked again and again stays cheap beside a hundred thousand machines that have ended.

-- Workers that may be heard: who is silent is asked every second. In it is nothing that a beat changes, so beats stay
-- updates in place.
create index workers_heard on workers (instance_id) where registered_at is not null and revoked_at is null;

-- The sweep asks for the zones of all orders, and before each deletion for those of one thing at the provider.
create index provision_attempts_by_ref on provision_attempts (provider_id, zone, provider_ref);
