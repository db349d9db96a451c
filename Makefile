# The words a person types. Each sets up what it needs; nothing but Node 20 and npm is required.

BOOT := node scripts/boot.mjs
INVENTIV := $(BOOT) bin/inventiv.ts
.DEFAULT_GOAL := help
.PHONY: $(shell awk -F: '/^[a-z0-9-]+:.*## / { print $$1 }' Makefile)

help: ## list these words
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## start everything and stay; prints the dashboard's address
	@exec $(BOOT) --web --worker --child bin/all.ts
expose: ## as up, reachable from outside: with="cloudflared tunnel --url {url}" or another tunnel's program; url= where it is known
	@exec $(BOOT) --web --worker --child bin/inventiv.ts expose '$(with)' $(url)
down: ## end everything that runs
	@exec $(INVENTIV) down
ps: ## what runs
	@exec $(INVENTIV) ps
restart: ## start a process anew, p=gateway without a gap
	@exec $(INVENTIV) restart $(p)
logs: ## follow the logs; p=gateway for one process
	@exec $(INVENTIV) logs $(p) -f
nuke: ## remove the database, the secrets and all records (asks, or yes=1; refuses while real machines exist)
	@exec $(INVENTIV) nuke $(if $(yes),--yes)
mock: ## the mock cloud's servers, volumes and bill; mends what differs
	@$(BOOT) bin/mock-cloud.ts sync && exec $(BOOT) bin/mock-cloud.ts list
reap: ## what has expired at the providers, without a database; args="--delete --installation ID" deletes it
	@exec $(INVENTIV) reap $(args)
rotate-secrets: ## replace the master key while everything runs; what it sealed is sealed anew
	@exec $(INVENTIV) secrets rotate
migrate: ## bring the database up to date without starting anything else
	@exec $(BOOT) bin/migrate.ts

test: ## every test
	@exec $(BOOT) --web --worker scripts/test.ts
test-one: ## one file: make test-one f=src/jobs/runner.test.ts
	@exec $(BOOT) --web --worker scripts/test.ts $(f)
e2e: ## the main job from outside, in a real browser
	@exec $(BOOT) --web --worker scripts/test.ts test/end-to-end.test.ts
check: ## format, lint, types, architecture
	@exec $(BOOT) scripts/check.ts
fix: ## format, and lint fixes that are safe
	@exec $(BOOT) node_modules/@biomejs/biome/bin/biome check --write .

db-dump: ## write migrations/schema.sql from the migrations
	@exec $(INVENTIV) db-dump
openapi: ## write the description of the API
	@exec $(BOOT) bin/write-openapi.ts
api-types: openapi ## write the types of the API's client from that description
	@exec $(BOOT) tools/api-types/write-api-types.mjs

test-recordings: ## recordings of Scaleway's real API through our adapter; DIR=folder; one JSON line
	@DIR=$(DIR) exec $(BOOT) bench/recordings.ts
e2e-provider: ## a whole life on a real provider, with your account: PROVIDER=scaleway MAX_EUR=2 with="tunnel command"; costs money
	@PROVIDER=$(PROVIDER) MAX_EUR=$(MAX_EUR) LIMIT_MINUTES=$(LIMIT_MINUTES) MODEL=$(MODEL) WITH='$(with)' URL=$(url) exec $(BOOT) --worker bench/e2e-provider.ts
test-http-corpus: ## ambiguous and broken raw requests to two gateways at once; MUTATIONS=100000 SEED=n; one JSON line
	@MUTATIONS=$(MUTATIONS) SEED=$(SEED) exec $(BOOT) --worker bench/http-corpus.ts
replay: ## a recorded trace through gateway and mock instances, with the official SDK
	@exec $(BOOT) --web --worker bench/replay.ts
sim: ## seeded histories of the control plane: HISTORIES=300, or SEED=n for one, with its timeline; MANNER=aws
	@HISTORIES=$(HISTORIES) SEED=$(SEED) UNTIL=$(UNTIL) HOURS=$(HOURS) MANNER=$(MANNER) MUTANT=$(MUTANT) exec $(BOOT) bin/sim.ts
sim-mutants: ## each rule taken out once; the histories must notice: MUTANT=name,... for some
	@MUTANT=$(MUTANT) exec $(BOOT) bin/sim-mutants.ts
bench-provision: ## from POST to ready, many times in a row; one JSON line
	@exec $(BOOT) --web --worker bench/provision.ts
kill-points: ## kill -9 and SIGSTOP at every crash point of real processes: RUNS=1 LIVES=name,...
	@RUNS=$(RUNS) LIVES="$(LIVES)" STAGES=$(STAGES) ONCE=$(ONCE) exec $(BOOT) --web --worker bench/kill-points.ts
kill-points-list: ## write the list of crash points into its guide
	@exec $(BOOT) bench/kill-points-list.ts
bench-gateway: ## the gateway against nginx and another one, on one core; ROUNDS=5; one JSON line
	@ROUNDS=$(ROUNDS) exec $(BOOT) --worker bench/gateway.ts
bench-slow: ## what slow senders and slow readers cost all others; SENDERS=2000 READERS=2000; one JSON line
	@SENDERS=$(SENDERS) READERS=$(READERS) exec $(BOOT) --worker bench/slow.ts
bench-streams: ## ten thousand streams through two gateways: STREAMS=10000 MINUTES=10; one JSON line
	@STREAMS=$(STREAMS) MINUTES=$(MINUTES) exec $(BOOT) --worker bench/streams.ts
bench-live: ## a thousand open tabs at one api: memory, delay, CPU; TABS=1000; one JSON line
	@TABS=$(TABS) exec $(BOOT) bench/live.ts
bench-control-plane: ## ten thousand workers: CPU, job queries, silence, takeover; one JSON line
	@exec $(BOOT) --worker bench/control-plane.ts
kill-usage: ## gateways killed and clients leaving under load, KILLS=500 DISCONNECTS=10000: the ledger against the engines
	@KILLS=$(KILLS) DISCONNECTS=$(DISCONNECTS) exec $(BOOT) --worker bench/kill-usage.ts
bench-rolling: ## gateway and workers replaced under load, REQUESTS=50000: none may fail; one JSON line
	@REQUESTS=$(REQUESTS) exec $(BOOT) --worker bench/rolling.ts
bench-database-away: ## the database frozen and stopped under load, MINUTES=15: none may fail, none be lost
	@MINUTES=$(MINUTES) exec $(BOOT) --worker bench/database-away.ts
bench-api: ## lists of the api with KEYS=400000 USAGE=1000000 LOGS=1000000 rows, each asked REPEATS=10 times; one JSON line
	@KEYS=$(KEYS) USAGE=$(USAGE) LOGS=$(LOGS) REPEATS=$(REPEATS) exec $(BOOT) bench/api.ts
bench-web: ## the dashboard in a browser with ROWS=10000 instances, REPEATS=5 rounds; one JSON line
	@ROWS=$(ROWS) REPEATS=$(REPEATS) exec $(BOOT) --web --worker bench/web.ts
bench-routing: ## strategies on a recorded trace in virtual time: TRACE=file WORKERS=8 FLEET=even|mixed; one JSON line
	@TRACE=$(TRACE) WORKERS=$(WORKERS) FLEET=$(FLEET) N=$(N) SEEDS=$(SEEDS) KV=$(KV) exec $(BOOT) bench/routing.ts
bench: bench-provision replay bench-routing bench-api ## every benchmark

agent-version-get: ## version of the worker agent
	@exec $(BOOT) scripts/build-worker.ts --version
agent-version-bump: ## raise it: part=patch, minor or major
	@exec $(BOOT) scripts/build-worker.ts --bump $(or $(part),patch)
agent-version-check: ## changed sources need a new version
	@exec $(BOOT) scripts/build-worker.ts --check
agent-checksum: ## SHA-256 of the built agent
	@exec $(BOOT) scripts/build-worker.ts --checksum
