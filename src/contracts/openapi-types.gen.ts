// Written by `make api-types` from docs/reference/openapi.json: change the routes, not this.

export interface paths {
    "/api/v1/access-requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What your organisation asked for and was asked for, newest first
         * @description For members with the right `contracts.read`: owner, admin, manager.
         */
        get: operations["access_requests.list"];
        put?: never;
        /**
         * Ask another organisation to let yours use its offering
         * @description For members with the right `consumption.write`: owner, manager.
         */
        post: operations["access_requests.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access-requests/{id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answer with a contract, at the list price or another
         * @description For members with the right `prices.write`: owner, manager.
         */
        post: operations["access_requests.approve"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access-requests/{id}/refuse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say no, and why
         * @description For members with the right `prices.write`: owner, manager.
         */
        post: operations["access_requests.refuse"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access-requests/{id}/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for it no more
         * @description For members with the right `consumption.write`: owner, manager.
         */
        post: operations["access_requests.withdraw"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Your account: how you sign in, and the organisations you are in
         * @description For members with the right `account.own`: owner, admin, manager, user.
         */
        get: operations["account.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change user name, language, or address; another address waits until the mailed link is opened
         * @description For members with the right `account.own`: owner, admin, manager, user.
         */
        patch: operations["account.change"];
        trace?: never;
    };
    "/api/v1/account/identities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add the single sign-on to your account: send the browser to the address in the answer
         * @description For members with the right `account.own`: owner, admin, manager, user.
         */
        post: operations["account.link_identity"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/identities/remove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take the single sign-on from your account, which must have a password; ends all other sessions
         * @description For members with the right `account.own`: owner, admin, manager, user.
         */
        post: operations["account.unlink_identity"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change your password; ends all other sessions and gives this one a new cookie
         * @description For members with the right `account.own`: owner, admin, manager, user.
         */
        post: operations["account.change_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin to set up one-time codes; they are on when a code is confirmed
         * @description For members with the right `account.own`: owner, admin, manager, user.
         */
        post: operations["account.start_totp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/totp/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Turn one-time codes on; the recovery codes are shown once. Ends all other sessions
         * @description For members with the right `account.own`: owner, admin, manager, user.
         */
        post: operations["account.confirm_totp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/totp/recovery-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make new recovery codes, shown once; the former ones are worth nothing any more
         * @description For members with the right `account.own`: owner, admin, manager, user.
         */
        post: operations["account.renew_recovery_codes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/totp/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Turn one-time codes off. Ends all other sessions
         * @description For members with the right `account.own`: owner, admin, manager, user.
         */
        post: operations["account.stop_totp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/actions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was done to all instances, step by step, searched, sorted and counted
         * @description For members with the right `instances.read`: owner, admin, manager, user.
         */
        get: operations["actions.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/activations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is activated and what is missing, with who can give it; newest first
         * @description For members with the right `activation.read`: owner, admin, manager, user.
         */
        get: operations["activations.list"];
        put?: never;
        /**
         * Give the technical or the economic activation of a resource, or both
         * @description For members with the right `activation.give`: owner, admin, manager.
         */
        post: operations["activations.give"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/activations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take a side back, or all that your role gives: it stops working within seconds; machines are not terminated
         * @description For members with the right `activation.give`: owner, admin, manager.
         */
        delete: operations["activations.withdraw"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What does not get on by itself, newest first; platform administrators also see the installation's
         * @description For members with the right `alerts.read`: owner, admin, manager, user.
         */
        get: operations["alerts.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Your keys in this organisation, or those you may see, searched, sorted and counted, revoked ones included
         * @description For members with the right `api_keys.own`: owner, admin, manager, user.
         */
        get: operations["api_keys.list"];
        put?: never;
        /**
         * Make a key; its secret is in this answer and never shown again
         * @description For members with the right `api_keys.own`: owner, admin, manager, user.
         */
        post: operations["api_keys.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One key, without its secret
         * @description For members with the right `api_keys.own`: owner, admin, manager, user.
         */
        get: operations["api_keys.get"];
        put?: never;
        post?: never;
        /**
         * Revoke a key at once, everywhere
         * @description For members with the right `api_keys.own`: owner, admin, manager, user.
         */
        delete: operations["api_keys.revoke"];
        options?: never;
        head?: never;
        /**
         * Change what a key may do and how much of it; what is left out stays
         * @description For members with the right `api_keys.own`: owner, admin, manager, user.
         */
        patch: operations["api_keys.change"];
        trace?: never;
    };
    "/api/v1/api-keys/{id}/budget": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Set what any key of the organisation may use up; what is left out stays, null takes it away
         * @description For members with the right `budgets.write`: owner, manager.
         */
        patch: operations["api_keys.budget"];
        trace?: never;
    };
    "/api/v1/api-keys/{id}/previous-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End the secret that was replaced, before its time
         * @description For members with the right `api_keys.own`: owner, admin, manager, user.
         */
        delete: operations["api_keys.end_previous_secret"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a key a new secret, shown once; the old one works on for a day, or as long as is said
         * @description For members with the right `api_keys.own`: owner, admin, manager, user.
         */
        post: operations["api_keys.rotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys/{id}/take-over": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Vouch for a key of the organisation, such as when who made it has left; its secrets stay
         * @description For members with the right `api_keys.organisation`: owner, admin.
         */
        post: operations["api_keys.take_over"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who changed what in this organisation, searched, sorted and counted
         * @description For members with the right `audit.read`: owner, admin, manager.
         */
        get: operations["audit.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/export.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The audit log of this organisation as CSV, newest first, as one stream
         * @description For members with the right `audit.read`: owner, admin, manager.
         */
        get: operations["audit.export_csv"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/export.jsonl": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The audit log of this organisation as JSON lines, newest first, as one stream
         * @description For members with the right `audit.read`: owner, admin, manager.
         */
        get: operations["audit.export_jsonl"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalogue/flavours": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every record of every flavour; those of this release first, then by name
         * @description For platform administrators.
         */
        get: operations["flavours.list"];
        put?: never;
        /**
         * A record of a flavour: for one family of GPUs or all, at one provider or all
         * @description For platform administrators.
         */
        post: operations["flavours.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalogue/flavours/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One record of a flavour
         * @description For platform administrators.
         */
        get: operations["flavours.get"];
        put?: never;
        post?: never;
        /**
         * Delete a record; the last of a name that is still named somewhere stays
         * @description For platform administrators.
         */
        delete: operations["flavours.delete"];
        options?: never;
        head?: never;
        /**
         * Change what it says; machines that registered keep what they were told until a reinstall
         * @description For platform administrators.
         */
        patch: operations["flavours.change"];
        trace?: never;
    };
    "/api/v1/catalogue/instance-types": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Kinds of machines with their prices by zone and whose word each is
         * @description For platform administrators.
         */
        get: operations["instance_types.list"];
        put?: never;
        /**
         * A kind of machine that its provider does not list by itself; it is offered where it gets a price
         * @description For platform administrators.
         */
        post: operations["instance_types.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalogue/instance-types/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Correct its figures, switch it off or on, or give the figures back to seeds and provider
         * @description For platform administrators.
         */
        patch: operations["instance_types.change"];
        trace?: never;
    };
    "/api/v1/catalogue/instance-types/{id}/prices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * What it costs in a zone: it holds against seeds and the provider until it is given back
         * @description For platform administrators.
         */
        put: operations["instance_types.set_price"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalogue/instance-types/{id}/prices/{zone}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Leave its price in a zone to seeds and provider again; it stands until the next of them
         * @description For platform administrators.
         */
        delete: operations["instance_types.give_back_price"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalogue/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The installation's models, inactive ones included, by name
         * @description For platform administrators.
         */
        get: operations["catalogue_models.list"];
        put?: never;
        /**
         * A model for every organisation
         * @description For platform administrators.
         */
        post: operations["catalogue_models.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalogue/models/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take one of the installation's models that nobody ever deployed out of the catalogue
         * @description For platform administrators.
         */
        delete: operations["catalogue_models.delete"];
        options?: never;
        head?: never;
        /**
         * Change or switch off one of the installation's models
         * @description For platform administrators.
         */
        patch: operations["catalogue_models.change"];
        trace?: never;
    };
    "/api/v1/catalogue/offers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Machines that can be rented, cheapest first, with their fit for a model when one is named
         * @description For members with the right `catalogue.read`: owner, admin, manager, user.
         */
        get: operations["catalogue.offers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalogue/prices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Prices that were seen, the newest first: each holds from the moment it was first seen until another
         * @description For members with the right `catalogue.read`: owner, admin, manager, user.
         */
        get: operations["catalogue.prices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalogue/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What each provider offers, how old its prices are, and when it was asked last
         * @description For members with the right `catalogue.read`: owner, admin, manager, user.
         */
        get: operations["catalogue.providers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalogue/sync": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * SYNC_CATALOG: ask the providers what they offer, now, with a report
         * @description For platform administrators.
         */
        post: operations["catalogue.sync"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalogue/sync/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * State and report of a SYNC_CATALOG
         * @description For platform administrators.
         */
        get: operations["catalogue.sync_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalogue/zones": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Zones of the providers, switched-off ones included
         * @description For platform administrators.
         */
        get: operations["catalogue_zones.list"];
        put?: never;
        /**
         * A zone that its provider does not list by itself
         * @description For platform administrators.
         */
        post: operations["catalogue_zones.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalogue/zones/{provider}/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Switch a zone off or on: nothing new is ordered in one that is off
         * @description For platform administrators.
         */
        patch: operations["catalogue_zones.change"];
        trace?: never;
    };
    "/api/v1/contracts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Contracts of your organisation on either side, newest first
         * @description For members with the right `contracts.read`: owner, admin, manager.
         */
        get: operations["contracts.list"];
        put?: never;
        /**
         * Propose to another organisation to use your offering at a price; it holds once it is accepted
         * @description For members with the right `prices.write`: owner, manager.
         */
        post: operations["contracts.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/contracts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One contract
         * @description For members with the right `contracts.read`: owner, admin, manager.
         */
        get: operations["contracts.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/contracts/{id}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept what was proposed to your organisation
         * @description For members with the right `consumption.write`: owner, manager.
         */
        post: operations["contracts.accept"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/contracts/{id}/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a contract now, from either side
         * @description For members with the right `consumption.write`: owner, manager.
         */
        post: operations["contracts.end"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/contracts/{id}/prices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every version of its price, newest first
         * @description For members with the right `contracts.read`: owner, admin, manager.
         */
        get: operations["contracts.prices"];
        put?: never;
        /**
         * A new version of its price, from now or later; the past stays as it is
         * @description For members with the right `prices.write`: owner, manager.
         */
        post: operations["contracts.set_price"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/costs/breakdown": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Cost per step of a window, by project, deployment, model, provider or kind of resource
         * @description For members with the right `costs.read`: owner, admin, manager.
         */
        get: operations["costs.breakdown"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/costs/charge-back": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What your organisation owes others and others owe it, over whole hours
         * @description For members with the right `costs.read`: owner, admin, manager.
         */
        get: operations["costs.charge_back"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/costs/idle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What machines cost while they served no request, by deployment
         * @description For members with the right `costs.read`: owner, admin, manager.
         */
        get: operations["costs.idle"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/costs/intervals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Spans in which servers, volumes and addresses cost, newest first
         * @description For members with the right `costs.read`: owner, admin, manager.
         */
        get: operations["costs.intervals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/costs/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was spent in a window, by project of the deployments; in this month until now unless told
         * @description For members with the right `costs.read`: owner, admin, manager.
         */
        get: operations["costs.projects"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/costs/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Cost per step of a window, and the cumulative sum
         * @description For members with the right `costs.read`: owner, admin, manager.
         */
        get: operations["costs.series"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/costs/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What runs now costs, and what was spent so far
         * @description For members with the right `costs.read`: owner, admin, manager.
         */
        get: operations["costs.summary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deployments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Deployments with their instances, searched, sorted and counted; ended ones only when asked for
         * @description For members with the right `deployments.read`: owner, admin, manager, user.
         */
        get: operations["deployments.list"];
        put?: never;
        /**
         * Put a model on machines: as many instances as replicas are ordered at once
         * @description For members with the right `deployments.write`: owner, admin.
         */
        post: operations["deployments.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deployments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One deployment with its instances
         * @description For members with the right `deployments.read`: owner, admin, manager, user.
         */
        get: operations["deployments.get"];
        put?: never;
        post?: never;
        /**
         * Terminate all its instances; it counts as terminated when the last one is gone
         * @description For members with the right `deployments.write`: owner, admin.
         */
        delete: operations["deployments.delete"];
        options?: never;
        head?: never;
        /**
         * Put a deployment into another project, or none; its costs so far go along
         * @description For members with the right `deployments.write`: owner, admin.
         */
        patch: operations["deployments.change"];
        trace?: never;
    };
    "/api/v1/email-confirmation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm an address by the token of a mailed link
         * @description Needs no session: the token of the link is the credential.
         */
        post: operations["email_confirmation.confirm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/entitlements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What your organisation may use of others, or others of it, newest first
         * @description For members with the right `offerings.read`: owner, admin, manager, user.
         */
        get: operations["entitlements.list"];
        put?: never;
        /**
         * Take up an offering that is open: free, at its list price, as a trial, or by a plan
         * @description For members with the right `consumption.write`: owner, manager.
         */
        post: operations["entitlements.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/entitlements/{id}/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End it from either side; a subscription that the consumer ends runs to the end of its paid month
         * @description For members with the right `consumption.write`: owner, manager.
         */
        post: operations["entitlements.end"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What changes in the organisation, as far as you may see it, as it happens (server-sent events); resumable by Last-Event-ID
         * @description For members with the right `events.read`: owner, admin, manager, user.
         */
        get: operations["events.stream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/host-enrolments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Enrolments of the last days, newest first; their tokens are never shown again
         * @description For members with the right `providers.read`: owner, admin, manager.
         */
        get: operations["host_enrolments.list"];
        put?: never;
        /**
         * A command that enrols one machine within an hour; it is shown once
         * @description For members with the right `providers.write`: owner, admin.
         */
        post: operations["host_enrolments.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/host-enrolments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Make its token worth nothing
         * @description For members with the right `providers.write`: owner, admin.
         */
        delete: operations["host_enrolments.revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Machines of this organisation, by name; their credentials are never shown
         * @description For members with the right `providers.read`: owner, admin, manager.
         */
        get: operations["hosts.list"];
        put?: never;
        /**
         * Register a machine; it is looked at, and waits for its host key to be confirmed unless pinned
         * @description For members with the right `providers.write`: owner, admin.
         */
        post: operations["hosts.register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register all machines of a list or an Ansible inventory, or none when a line is wrong
         * @description For members with the right `providers.write`: owner, admin.
         */
        post: operations["hosts.import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One machine: what it is, whether it can be used, and who uses it
         * @description For members with the right `providers.read`: owner, admin, manager.
         */
        get: operations["hosts.get"];
        put?: never;
        post?: never;
        /**
         * Forget a machine that is not in use, and its credential; nothing is done on it
         * @description For members with the right `providers.write`: owner, admin.
         */
        delete: operations["hosts.remove"];
        options?: never;
        head?: never;
        /**
         * Rename a machine, change its price, user or credential, or take it out of service
         * @description For members with the right `providers.write`: owner, admin.
         */
        patch: operations["hosts.change"];
        trace?: never;
    };
    "/api/v1/hosts/{id}/confirm-host-key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say that this is the machine’s own key, as a person has compared it
         * @description For members with the right `providers.write`: owner, admin.
         */
        post: operations["hosts.confirm_host_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts/{id}/probe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a look at the machine; the result appears on it
         * @description For members with the right `providers.write`: owner, admin.
         */
        post: operations["hosts.probe"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts/{id}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Declare that nothing of its terminated instance is left on a machine that cannot be asked any more
         * @description For members with the right `providers.write`: owner, admin.
         */
        post: operations["hosts.release"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instances": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Instances, searched, sorted and counted; archived ones only when asked for
         * @description For members with the right `instances.read`: owner, admin, manager, user.
         */
        get: operations["instances.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instances/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One instance with its steps, history and volumes
         * @description For members with the right `instances.read`: owner, admin, manager, user.
         */
        get: operations["instances.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instances/{id}/actions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was done to the instance, searched, sorted and counted
         * @description For members with the right `instances.read`: owner, admin, manager, user.
         */
        get: operations["instances.actions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instances/{id}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Put a terminated instance out of sight; its history stays
         * @description For members with the right `instances.write`: owner, admin.
         */
        post: operations["instances.archive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instances/{id}/drain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take it out of service and keep its machine, which goes on costing; `resume` brings it back
         * @description For members with the right `instances.write`: owner, admin.
         */
        post: operations["instances.drain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instances/{id}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What agent, installation and engine of the instance logged, newest last; also after its end
         * @description For members with the right `instances.logs`: owner, admin, manager.
         */
        get: operations["instances.logs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instances/{id}/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Figures of the machine, its GPUs and what it served in steps of a window, the last quarter of an hour by default
         * @description For members with the right `instances.read`: owner, admin, manager, user.
         */
        get: operations["instances.metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instances/{id}/reinstall": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Install its worker anew: by an order to the agent, else by new user data and a reboot, else on another machine
         * @description For members with the right `instances.write`: owner, admin.
         */
        post: operations["instances.reinstall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instances/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Bring a drained instance back into service, through the health check
         * @description For members with the right `instances.write`: owner, admin.
         */
        post: operations["instances.resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instances/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Order it again after its order failed, from its first offer on
         * @description For members with the right `instances.write`: owner, admin.
         */
        post: operations["instances.retry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instances/{id}/terminate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Drain it, delete all it has at the provider, and stop its costs; asked twice it is asked once
         * @description For members with the right `instances.write`: owner, admin.
         */
        post: operations["instances.terminate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instances/{id}/terms": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * When and how much others may use of the machine, and whether it is open now
         * @description For members with the right `instances.read`: owner, admin, manager, user.
         */
        get: operations["instances.terms"];
        /**
         * Set hours and daily quotas of the machine; outside of them it finishes what it has and gets no more
         * @description For members with the right `instances.write`: owner, admin.
         */
        put: operations["instances.set_terms"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instances/{id}/unarchive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Bring an archived instance back into view
         * @description For members with the right `instances.write`: owner, admin.
         */
        post: operations["instances.unarchive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instances/{id}/volumes/{volume_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Keep a data volume when its instance ends, or not; a kept one costs until it is deleted
         * @description For members with the right `instances.write`: owner, admin.
         */
        patch: operations["volumes.keep"];
        trace?: never;
    };
    "/api/v1/invitations/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Join the organisation with the account that you are signed in with
         * @description For members with the right `session.own`: owner, admin, manager, user.
         */
        post: operations["invitations.accept"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations/join": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make an account of the invited address and join the organisation; then sign in
         * @description Needs no session: the link in the mail is the proof.
         */
        post: operations["invitations.join"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations/open": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What the link of an invitation leads to
         * @description Needs no session: the link in the mail is the proof.
         */
        post: operations["invitations.open"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How much work of each kind is due, running, waiting and dead
         * @description For platform administrators.
         */
        get: operations["jobs.count"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/dead": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Work that failed for good, the newest first
         * @description For platform administrators.
         */
        get: operations["jobs.dead"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/dead/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take up work again that failed for good
         * @description For platform administrators.
         */
        post: operations["jobs.retry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How people may sign in here
         * @description Needs no session: asked before anybody is signed in.
         */
        get: operations["login.methods"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/login/oidc/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where the provider sends the browser back to; sets the session cookie
         * @description Needs no session: the answer of the provider is the credential.
         */
        get: operations["login.oidc_callback"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/login/oidc/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Send the browser to the provider of the single sign-on
         * @description Needs no session: nobody is signed in before.
         */
        get: operations["login.oidc_start"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/model-inspections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a config.json says: parameters, bytes, context; nothing is kept
         * @description For members with the right `models.read`: owner, admin, manager, user.
         */
        post: operations["models.inspect"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Models that can be deployed, by name
         * @description For members with the right `models.read`: owner, admin, manager, user.
         */
        get: operations["models.list"];
        put?: never;
        /**
         * A model of your own, from its config.json or from figures
         * @description For members with the right `models.write`: owner, admin.
         */
        post: operations["models.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One model; its Hugging Face id, encoded, works too
         * @description For members with the right `models.read`: owner, admin, manager, user.
         */
        get: operations["models.get"];
        put?: never;
        post?: never;
        /**
         * Take a model of your own that was never deployed out of the catalogue; others are switched off
         * @description For members with the right `models.write`: owner, admin.
         */
        delete: operations["models.delete"];
        options?: never;
        head?: never;
        /**
         * Change a model of your own, or switch it off; what its deployments need is not taken from them
         * @description For members with the right `models.write`: owner, admin.
         */
        patch: operations["models.change"];
        trace?: never;
    };
    "/api/v1/models/{id}/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The config.json that the model was made from; null without one
         * @description For members with the right `models.read`: owner, admin, manager, user.
         */
        get: operations["models.config"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{id}/fit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every kind of machine for a model: fits, tight or no, and why; the best and cheapest first
         * @description For members with the right `models.read`: owner, admin, manager, user.
         */
        get: operations["models.fit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/offerings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Your own offerings, or those of others that you may see, searched, sorted and counted
         * @description For members with the right `offerings.read`: owner, admin, manager, user.
         */
        get: operations["offerings.list"];
        put?: never;
        /**
         * Offer a model to other organisations; it is a draft until it is published
         * @description For members with the right `offerings.write`: owner, admin.
         */
        post: operations["offerings.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/offerings/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * An offering by its id or its name, `<slug>/<code>` with the slash encoded
         * @description For members with the right `offerings.read`: owner, admin, manager, user.
         */
        get: operations["offerings.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change what an offering says of itself and who finds it; what is left out stays
         * @description For members with the right `offerings.write`: owner, admin.
         */
        patch: operations["offerings.change"];
        trace?: never;
    };
    "/api/v1/offerings/{id}/prices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every version of the list price, newest first
         * @description For members with the right `offerings.read`: owner, admin, manager, user.
         */
        get: operations["offerings.prices"];
        put?: never;
        /**
         * A new version of the list price, from now or later; the past stays as it is
         * @description For members with the right `prices.write`: owner, manager.
         */
        post: operations["offerings.set_price"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/offerings/{id}/publish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let those use it who may
         * @description For members with the right `offerings.write`: owner, admin.
         */
        post: operations["offerings.publish"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/offerings/{id}/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Serve it to nobody any more; what was agreed stays written
         * @description For members with the right `offerings.write`: owner, admin.
         */
        post: operations["offerings.withdraw"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organisation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The organisation that you are signed in to, with its limits
         * @description For members with the right `organisation.read`: owner, admin, manager, user.
         */
        get: operations["organisation.get"];
        put?: never;
        post?: never;
        /**
         * End the organisation: its machines first, then every way in. Its bills stay
         * @description For members with the right `organisation.delete`: owner.
         */
        delete: operations["organisation.delete"];
        options?: never;
        head?: never;
        /**
         * Name it, give it a colour, limit what all its keys and people use together; null takes a limit away
         * @description For members with the right `organisation.write`: owner, admin.
         */
        patch: operations["organisation.change"];
        trace?: never;
    };
    "/api/v1/organisation/deletion": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How far the deletion of the organisation is; null when it is not being deleted
         * @description For members with the right `organisation.read`: owner, admin, manager, user.
         */
        get: operations["organisation.deletion"];
        put?: never;
        post?: never;
        /**
         * Keep the organisation after all; machines that were told to end still end
         * @description For members with the right `organisation.delete`: owner.
         */
        delete: operations["organisation.deletion.cancel"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organisation/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Invitations, searched, sorted and counted, ended ones included
         * @description For members with the right `members.invite`: owner, admin, manager.
         */
        get: operations["invitations.list"];
        put?: never;
        /**
         * Invite somebody by a link in a mail, with a role that your own role may give
         * @description For members with the right `members.invite`: owner, admin, manager.
         */
        post: operations["invitations.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organisation/invitations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Make its link worth nothing
         * @description For members with the right `members.invite`: owner, admin, manager.
         */
        delete: operations["invitations.revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organisation/invitations/{id}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Mail a new link; the one before it opens nothing any more
         * @description For members with the right `members.invite`: owner, admin, manager.
         */
        post: operations["invitations.resend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organisation/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Members, searched, sorted and counted, and what you may do with each
         * @description For members with the right `members.read`: owner, admin, manager, user.
         */
        get: operations["members.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organisation/members/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a member, or leave; their own keys there are revoked at once
         * @description For members with the right `members.remove`: owner, admin, manager, user.
         */
        delete: operations["members.remove"];
        options?: never;
        head?: never;
        /**
         * Give a member another role, within what your own role may give
         * @description For members with the right `members.write`: owner, admin, manager.
         */
        patch: operations["members.change"];
        trace?: never;
    };
    "/api/v1/organisation/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What this organisation may set, with the value in force for it, where it comes from, and what it replaces
         * @description For members with the right `settings.read`: owner, admin, manager.
         */
        get: operations["organisation_settings.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organisation/settings/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Give a setting a value of this organisation, at every provider or at one; in force within two seconds
         * @description For members with the right `settings.write`: owner, admin.
         */
        put: operations["organisation_settings.set"];
        post?: never;
        /**
         * Take the value of this organisation away again: what it replaced counts
         * @description For members with the right `settings.write`: owner, admin.
         */
        delete: operations["organisation_settings.unset"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organisation/settings/{name}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who in this organisation changed a setting of its own, when, from what to what; newest first
         * @description For members with the right `settings.read`: owner, admin, manager.
         */
        get: operations["organisation_settings.changes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organisations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Organisations that you are a member of, with your role in each
         * @description For members with the right `session.own`: owner, admin, manager, user.
         */
        get: operations["organisations.list"];
        put?: never;
        /**
         * Make an organisation; its first owner is you, or whom a platform administrator names
         * @description For members with the right `session.own`: owner, admin, manager, user.
         */
        post: operations["organisations.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/password-reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Have a link mailed that sets a new password; the answer is the same when there is no such account
         * @description Needs no session: whoever forgot the password is not signed in.
         */
        post: operations["password_reset.request"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/password-reset/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set a password by the token of a mailed link; ends all sessions of the account
         * @description Needs no session: the token of the link is the credential.
         */
        post: operations["password_reset.confirm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Plans of an offering
         * @description For members with the right `offerings.read`: owner, admin, manager, user.
         */
        get: operations["plans.list"];
        put?: never;
        /**
         * A plan of an offering: what a month costs and how many tokens it has
         * @description For members with the right `prices.write`: owner, manager.
         */
        post: operations["plans.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans/{id}/retire": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take no more subscribers; those who are go on
         * @description For members with the right `prices.write`: owner, manager.
         */
        post: operations["plans.retire"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/platform/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who changed what in the installation itself, which belongs to no organisation, searched, sorted and counted
         * @description For platform administrators.
         */
        get: operations["platform_audit.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/platform/audit/export.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The audit log of the installation itself, which belongs to no organisation as CSV, newest first, as one stream
         * @description For platform administrators.
         */
        get: operations["platform_audit.export_csv"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/platform/audit/export.jsonl": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The audit log of the installation itself, which belongs to no organisation as JSON lines, newest first, as one stream
         * @description For platform administrators.
         */
        get: operations["platform_audit.export_jsonl"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/platform/organisations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All organisations, newest first, found by name and state
         * @description For platform administrators.
         */
        get: operations["platform.organisations.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/platform/organisations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End an organisation, as its owner would
         * @description For platform administrators.
         */
        delete: operations["platform.organisations.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Projects of the organisation by short name; archived ones only when asked for
         * @description For members with the right `projects.read`: owner, admin, manager, user.
         */
        get: operations["projects.list"];
        put?: never;
        /**
         * Make a project, to group deployments, keys, usage and cost
         * @description For members with the right `projects.write`: owner, admin.
         */
        post: operations["projects.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One project
         * @description For members with the right `projects.read`: owner, admin, manager, user.
         */
        get: operations["projects.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Name a project, archive or restore it
         * @description For members with the right `projects.write`: owner, admin.
         */
        patch: operations["projects.change"];
        trace?: never;
    };
    "/api/v1/provider-accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Accounts of this organisation on providers; their credentials are never shown
         * @description For members with the right `providers.read`: owner, admin, manager.
         */
        get: operations["provider_accounts.list"];
        put?: never;
        /**
         * Add an account on a provider; its credential is sealed and never shown again
         * @description For members with the right `providers.write`: owner, admin.
         */
        post: operations["provider_accounts.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/provider-accounts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One account, with what its last check showed
         * @description For members with the right `providers.read`: owner, admin, manager.
         */
        get: operations["provider_accounts.get"];
        put?: never;
        post?: never;
        /**
         * Remove an account and its credential; refused while anything at the provider needs it
         * @description For members with the right `providers.write`: owner, admin.
         */
        delete: operations["provider_accounts.delete"];
        options?: never;
        head?: never;
        /**
         * Rename an account, or replace its credential untried; machines on it use the new one from then on
         * @description For members with the right `providers.write`: owner, admin.
         */
        patch: operations["provider_accounts.change"];
        trace?: never;
    };
    "/api/v1/provider-accounts/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a new credential, which replaces the present one when it has proved itself at the provider
         * @description For members with the right `providers.write`: owner, admin.
         */
        post: operations["provider_accounts.rotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/provider-accounts/{id}/rotation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Forget the new credential while it is tried; the present one stays
         * @description For members with the right `providers.write`: owner, admin.
         */
        delete: operations["provider_accounts.cancel_rotation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/provider-accounts/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a check of the credential at the provider; the result appears on the account
         * @description For members with the right `providers.write`: owner, admin.
         */
        post: operations["provider_accounts.test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/provider-kinds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Providers on which an account may be added, and what each asks for
         * @description For members with the right `providers.read`: owner, admin, manager.
         */
        get: operations["provider_accounts.kinds"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reach": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Proves that this installation is what answers at an address, to itself
         * @description Needs no session: it tells nothing but that it has its own key.
         */
        get: operations["system.reach"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reconcile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * RECONCILE: compare everything at the providers with everything known, now, with a report
         * @description For platform administrators.
         */
        post: operations["reconcile.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reconcile/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * State and report of a RECONCILE
         * @description For platform administrators.
         */
        get: operations["reconcile.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Requests at the gateway, refused ones included, searched, sorted and counted
         * @description For members with the right `usage.read`: owner, admin, manager.
         */
        get: operations["requests.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/requests/own": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Your own requests at the gateway, refused ones included, searched, sorted and counted
         * @description For members with the right `inference.use`: owner, admin, manager, user.
         */
        get: operations["requests.own"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/requests/signals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Requests, failures and waiting times of each model, over a window and by step
         * @description For members with the right `usage.read`: owner, admin, manager.
         */
        get: operations["requests.signals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runtime-models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is really served now, where, and by how many replicas
         * @description For members with the right `models.read`: owner, admin, manager, user.
         */
        get: operations["runtime_models.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who is signed in, and in which organisation
         * @description For members with the right `session.own`: owner, admin, manager, user.
         */
        get: operations["session.get"];
        put?: never;
        /**
         * Sign in by user name or e-mail address; the answer sets the session cookie
         * @description Needs no session: nobody is signed in before.
         */
        post: operations["session.create"];
        /**
         * Sign out: ends this session at once
         * @description For members with the right `session.own`: owner, admin, manager, user.
         */
        delete: operations["session.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/organisation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Go on in another organisation, or in the personal workspace; other sessions stay where they are
         * @description For members with the right `session.own`: owner, admin, manager, user.
         */
        post: operations["session.switch_organisation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where you are signed in, the last used first
         * @description For members with the right `session.own`: owner, admin, manager, user.
         */
        get: operations["sessions.list"];
        put?: never;
        post?: never;
        /**
         * End all of your sessions but this one
         * @description For members with the right `session.own`: owner, admin, manager, user.
         */
        delete: operations["sessions.end_others"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End one of your sessions at once
         * @description For members with the right `session.own`: owner, admin, manager, user.
         */
        delete: operations["sessions.end"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every setting with the value in force and where it comes from, for one provider when named
         * @description For members with the right `settings.read`: owner, admin, manager.
         */
        get: operations["settings.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings/definitions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What can be set: kind, range, unit, default and whether each provider may have its own value
         * @description For members with the right `settings.read`: owner, admin, manager.
         */
        get: operations["settings.definitions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Give a setting a value, for everything or for one provider; in force within two seconds
         * @description For platform administrators.
         */
        put: operations["settings.set"];
        post?: never;
        /**
         * Take the value away again: the next origin counts (provider, global, environment, default)
         * @description For platform administrators.
         */
        delete: operations["settings.unset"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings/{name}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who changed a setting, when, from what to what; newest first
         * @description For members with the right `settings.read`: owner, admin, manager.
         */
        get: operations["settings.changes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweep": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the sweep saw and did: rounds, findings, epochs and what waits for a confirmation
         * @description For platform administrators.
         */
        get: operations["sweep.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweep/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let go what a held round reported: after this it is deleted
         * @description For platform administrators.
         */
        post: operations["sweep.confirm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/usage-prices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the organisation counts its own use of models at: prices in force, and those to come
         * @description For members with the right `prices.read`: owner, admin, manager.
         */
        get: operations["usage_prices.list"];
        /**
         * Set the price of a model, or of all without one; a changed price counts from the next full hour
         * @description For members with the right `prices.write`: owner, manager.
         */
        put: operations["usage_prices.set"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/usage/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Requests and tokens, summed by day, model, project, outcome, key, user, instance or endpoint
         * @description For members with the right `usage.read`: owner, admin, manager.
         */
        get: operations["usage.groups"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/usage/own": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Your own requests and tokens, summed by day, model, project, outcome, key or endpoint
         * @description For members with the right `inference.use`: owner, admin, manager, user.
         */
        get: operations["usage.own"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/usage/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Requests and tokens by project, summed over whole hours; of this month until now unless told
         * @description For members with the right `usage.read`: owner, admin, manager.
         */
        get: operations["usage.projects"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/usage/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Requests with their exact tokens, filtered, sorted and counted
         * @description For members with the right `usage.read`: owner, admin, manager.
         */
        get: operations["usage.requests"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/usage/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Requests and tokens, summed over whole hours
         * @description For members with the right `usage.read`: owner, admin, manager.
         */
        get: operations["usage.summary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Everybody who has an account, newest first
         * @description For platform administrators.
         */
        get: operations["users.list"];
        put?: never;
        /**
         * Make an account; its owner is mailed a link that sets the password
         * @description For platform administrators.
         */
        post: operations["users.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One account
         * @description For platform administrators.
         */
        get: operations["users.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Disable or enable an account, make it a platform administrator or an ordinary one; signs it out
         * @description For platform administrators.
         */
        patch: operations["users.change"];
        trace?: never;
    };
    "/api/v1/users/{id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was done to an account and by whom, newest first
         * @description For platform administrators.
         */
        get: operations["users.history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{id}/password-link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Mail a link to set the password; former ones lead nowhere any more
         * @description For platform administrators.
         */
        post: operations["users.mail_password_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{id}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Sign somebody out everywhere
         * @description For platform administrators.
         */
        delete: operations["users.end_sessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{id}/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Turn one-time codes off for somebody who lost the device
         * @description For platform administrators.
         */
        delete: operations["users.reset_totp"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What runs here, and where inference is reached
         * @description Needs no session: the sign-in page and the command line show it.
         */
        get: operations["system.version"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/volumes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Volumes, newest first, also those that outlived their instance and still cost
         * @description For members with the right `instances.read`: owner, admin, manager, user.
         */
        get: operations["volumes.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/volumes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete a kept volume and what is on it; its cost ends when the provider has proven it gone
         * @description For members with the right `instances.write`: owner, admin.
         */
        delete: operations["volumes.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/wallet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What your organisation may spend on models of others
         * @description For members with the right `costs.read`: owner, admin, manager.
         */
        get: operations["wallet.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/wallet/entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every movement of the wallet, newest first
         * @description For members with the right `costs.read`: owner, admin, manager.
         */
        get: operations["wallet.entries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/wallet/transfers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give money of your wallet to another organisation, such as one that uses your models
         * @description For members with the right `wallet.write`: owner, manager.
         */
        post: operations["wallet.transfer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/wallets/{organisation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The wallet of any organisation
         * @description For platform administrators.
         */
        get: operations["wallets.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/wallets/{organisation}/credit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * How far the wallet of an organisation may go below zero
         * @description For platform administrators.
         */
        put: operations["wallets.credit"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/wallets/{organisation}/top-ups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Book money that came in for an organisation
         * @description For platform administrators.
         */
        post: operations["wallets.top_up"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Webhooks of this organisation, newest first; their secrets are never shown
         * @description For members with the right `webhooks.read`: owner, admin, manager.
         */
        get: operations["webhooks.list"];
        put?: never;
        /**
         * Be told of events at an address; the secret to verify them is in this answer and never shown again
         * @description For members with the right `webhooks.write`: owner, admin.
         */
        post: operations["webhooks.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One webhook
         * @description For members with the right `webhooks.read`: owner, admin, manager.
         */
        get: operations["webhooks.get"];
        put?: never;
        post?: never;
        /**
         * Remove a webhook; what waits for it is given up
         * @description For members with the right `webhooks.write`: owner, admin.
         */
        delete: operations["webhooks.delete"];
        options?: never;
        head?: never;
        /**
         * Change where it goes and what it is told of, turn it off or on; what is left out stays
         * @description For members with the right `webhooks.write`: owner, admin.
         */
        patch: operations["webhooks.change"];
        trace?: never;
    };
    "/api/v1/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was sent to a webhook and what waits for it, filtered and counted
         * @description For members with the right `webhooks.read`: owner, admin, manager.
         */
        get: operations["webhooks.deliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/deliveries/{delivery_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One delivery: what was sent, and how each attempt ended
         * @description For members with the right `webhooks.read`: owner, admin, manager.
         */
        get: operations["webhooks.delivery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/deliveries/{delivery_id}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send one delivery again, whether it was given up or has arrived
         * @description For members with the right `webhooks.write`: owner, admin.
         */
        post: operations["webhooks.resend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/resend-failed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send all deliveries again that were given up
         * @description For members with the right `webhooks.write`: owner, admin.
         */
        post: operations["webhooks.resend_failed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/rotate-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give it another secret; for a while deliveries are signed with both
         * @description For members with the right `webhooks.write`: owner, admin.
         */
        post: operations["webhooks.rotate_secret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a test event; how it went appears in its delivery
         * @description For members with the right `webhooks.write`: owner, admin.
         */
        post: operations["webhooks.test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workbench/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Conversations of the workbench, the latest first; one may look for words of titles and texts
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        get: operations["conversations.list"];
        put?: never;
        /**
         * Begin a conversation, with its first messages if there are any; it is private
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        post: operations["conversations.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workbench/conversations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One conversation: your own, or one that is shared with the organisation
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        get: operations["conversations.get"];
        put?: never;
        post?: never;
        /**
         * Delete a conversation for good, for all who read it
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        delete: operations["conversations.delete"];
        options?: never;
        head?: never;
        /**
         * Name it, move it, change its models, system prompt or parameters; what is left out stays
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        patch: operations["conversations.change"];
        trace?: never;
    };
    "/api/v1/workbench/conversations/{id}/copy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a copy of what you may read, to go on with: private, and yours
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        post: operations["conversations.copy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workbench/conversations/{id}/export.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A whole conversation as JSON, as an import takes it
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        get: operations["conversations.export_json"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workbench/conversations/{id}/export.md": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A whole conversation as Markdown
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        get: operations["conversations.export_md"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workbench/conversations/{id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Its messages in order, each answer with what it took and cost, as the ledger says
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        get: operations["conversations.messages"];
        put?: never;
        /**
         * Add questions and answers to a conversation of yours; answers name the request that gave them
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        post: operations["conversations.add_messages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workbench/conversations/{id}/sharing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Who may read a conversation of yours: nobody else, who has its link, or the whole organisation
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        put: operations["conversations.share"];
        post?: never;
        /**
         * Make it private again; owners and admins may do so with what others share with the organisation
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        delete: operations["conversations.unshare"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workbench/defaults": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What new conversations of the organisation begin with, and how long they are kept
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        get: operations["workbench_defaults.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Choose the default prompt of the organisation and how long conversations are kept
         * @description For members with the right `workbench.manage`: owner, admin.
         */
        patch: operations["workbench_defaults.change"];
        trace?: never;
    };
    "/api/v1/workbench/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take in exported conversations as new ones of yours; nothing that is there is touched
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        post: operations["conversations.import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workbench/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Chat projects: your own and those of the whole organisation, newest first
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        get: operations["chat_projects.list"];
        put?: never;
        /**
         * Make a chat project, for yourself or for the organisation
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        post: operations["chat_projects.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workbench/projects/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One chat project
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        get: operations["chat_projects.get"];
        put?: never;
        post?: never;
        /**
         * Delete a chat project; its conversations stay
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        delete: operations["chat_projects.delete"];
        options?: never;
        head?: never;
        /**
         * Name it, share it, archive it, tie it to a project of the organisation; what is left out stays
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        patch: operations["chat_projects.change"];
        trace?: never;
    };
    "/api/v1/workbench/prompts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * System prompts: your own and the organisation's, newest first
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        get: operations["prompts.list"];
        put?: never;
        /**
         * Keep a system prompt, for yourself; owners and admins also for the organisation
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        post: operations["prompts.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workbench/prompts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One system prompt, as it is now
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        get: operations["prompts.get"];
        put?: never;
        post?: never;
        /**
         * Delete a system prompt with its versions; conversations keep the text that they took from it
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        delete: operations["prompts.delete"];
        options?: never;
        head?: never;
        /**
         * Name it anew, or give it another text, which is its next version
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        patch: operations["prompts.change"];
        trace?: never;
    };
    "/api/v1/workbench/prompts/{id}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What it said before, the latest first
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        get: operations["prompts.versions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workbench/shared/{link_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A conversation that a member of your organisation gave you the link of
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        get: operations["shared_conversations.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workbench/shared/{link_id}/copy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a copy of what you may read, to go on with: private, and yours
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        post: operations["shared_conversations.copy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workbench/shared/{link_id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Its messages in order
         * @description For members with the right `workbench.use`: owner, admin, manager, user.
         */
        get: operations["shared_conversations.messages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Agents on the machines: version against the expected one, last word, age of their token
         * @description For members with the right `instances.read`: owner, admin, manager, user.
         */
        get: operations["workers.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workers/{id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Shut the worker of an instance out at once; reinstall the instance to let a new one in
         * @description For members with the right `instances.write`: owner, admin.
         */
        post: operations["workers.revoke"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Answers while the process lives
         * @description Needs no session: says no more than up or down.
         */
        get: operations["system.health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Answers while requests can be served: the database is there and has this release’s tables
         * @description Needs no session: says no more than up or down.
         */
        get: operations["system.ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AccessRequest: {
            id: string;
            offering: {
                id: string;
                model_name: string;
            };
            provider: {
                id: string;
                slug: string;
                name: string;
            };
            consumer: {
                id: string;
                slug: string;
                name: string;
            };
            /** @enum {string} */
            state: "requested" | "approved" | "refused" | "withdrawn";
            note: string;
            answer: string;
            contract_id: string | null;
            /** Format: date-time */
            created_at: string;
            decided_at: string | null;
        };
        Action: {
            id: string;
            instance_id: string | null;
            component: string;
            code: string;
            /** @enum {string} */
            status: "started" | "succeeded" | "failed";
            duration_ms: number | null;
            error_code: string | null;
            metadata: {
                [key: string]: unknown;
            };
            correlation_id: string;
            /** Format: date-time */
            at: string;
        };
        Alert: {
            id: string;
            org_id: string | null;
            code: string;
            /** @enum {string} */
            severity: "warning" | "critical";
            subject_kind: string;
            subject_id: string;
            details: {
                [key: string]: unknown;
            };
            correlation_id: string;
            /** Format: date-time */
            opened_at: string;
            /** Format: date-time */
            last_seen_at: string;
            closed_at: string | null;
        };
        ApiKey: {
            id: string;
            name: string;
            hint: string;
            enabled: boolean;
            scopes: ("inference" | "models.read")[];
            models: string[] | null;
            limits: {
                requests_per_minute: number | null;
                tokens_per_minute: number | null;
                concurrent_requests: number | null;
            };
            /** @enum {string} */
            priority_max: "batch" | "low" | "normal" | "high";
            waits_for_start: boolean;
            project_id: string | null;
            /** Format: date-time */
            created_at: string;
            expires_at: string | null;
            last_used_at: string | null;
            revoked_at: string | null;
            /** @enum {string} */
            owner: "user" | "organisation";
            user: {
                id: string;
                username: string;
            };
            /** @enum {string} */
            state: "active" | "inactive" | "disabled" | "suspended" | "expired" | "revoked";
            effective: {
                scopes: ("inference" | "models.read")[];
                /** @enum {string} */
                priority_max: "batch" | "low" | "normal" | "high";
            };
            budget: {
                day_micros: number | null;
                month_micros: number | null;
                total_micros: number | null;
            };
            spent: {
                day_micros: number;
                month_micros: number;
                total_micros: number;
            } | null;
            rotated_at: string | null;
            previous_secret: {
                hint: string;
                /** Format: date-time */
                until: string;
            } | null;
            activation: {
                technical: {
                    given: boolean;
                    by: string | null;
                    at: string | null;
                };
                economic: {
                    given: boolean;
                    by: string | null;
                    at: string | null;
                };
                missing: ("technical" | "economic")[];
                who_can: {
                    /** @enum {string} */
                    side: "technical" | "economic";
                    roles: ("owner" | "admin" | "manager" | "user")[];
                    people: {
                        id: string;
                        username: string;
                        /** @enum {string} */
                        role: "owner" | "admin" | "manager" | "user";
                    }[];
                }[];
            };
        };
        AuditEntry: {
            id: string;
            /** Format: date-time */
            at: string;
            /** @enum {string} */
            outcome: "done" | "denied";
            actor: {
                kind: string;
                id: string | null;
                name: string | null;
            };
            action: string;
            subject: {
                kind: string;
                id: string | null;
            };
            before: {
                [key: string]: unknown;
            } | null;
            after: {
                [key: string]: unknown;
            } | null;
            ip: string | null;
            user_agent: string | null;
            request_id: string;
            correlation_id: string;
        };
        ChargeBack: {
            /** @constant */
            currency: "EUR";
            consumed: {
                rows: {
                    organisation: {
                        id: string;
                        slug: string;
                        name: string;
                    };
                    offering: {
                        id: string;
                        name: string;
                    };
                    contract_id: string | null;
                    requests: number;
                    prompt_tokens: number;
                    completion_tokens: number;
                    cached_tokens: number;
                    usage_micros: number;
                    fee_micros: number;
                }[];
                requests: number;
                total_micros: number;
            };
            provided: {
                rows: {
                    organisation: {
                        id: string;
                        slug: string;
                        name: string;
                    };
                    offering: {
                        id: string;
                        name: string;
                    };
                    contract_id: string | null;
                    requests: number;
                    prompt_tokens: number;
                    completion_tokens: number;
                    cached_tokens: number;
                    usage_micros: number;
                    fee_micros: number;
                }[];
                requests: number;
                total_micros: number;
            };
        };
        ChatProject: {
            id: string;
            name: string;
            /** @enum {string} */
            sharing: "private" | "organisation";
            organisation_project_id: string | null;
            owner: {
                id: string;
                username: string;
            };
            is_own: boolean;
            conversations: number;
            archived_at: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
        };
        Contract: {
            id: string;
            offering: {
                id: string;
                model_name: string;
            };
            provider: {
                id: string;
                slug: string;
                name: string;
            };
            consumer: {
                id: string;
                slug: string;
                name: string;
            };
            /** @enum {string} */
            state: "proposed" | "upcoming" | "active" | "ended";
            price: {
                prompt_micros_per_1k: number;
                completion_micros_per_1k: number;
                cached_micros_per_1k: number;
            } | null;
            /** Format: date-time */
            starts_at: string;
            ends_at: string | null;
            accepted_at: string | null;
            note: string;
            /** Format: date-time */
            created_at: string;
        };
        Conversation: {
            id: string;
            title: string;
            project_id: string | null;
            owner: {
                id: string;
                username: string;
                has_left: boolean;
            };
            is_own: boolean;
            /** @enum {string} */
            sharing: "private" | "link" | "organisation";
            link_id: string | null;
            models: string[];
            system_prompt: string;
            prompt: {
                id: string;
                version: number;
            } | null;
            parameters: {
                temperature?: number;
                top_p?: number;
                max_tokens?: number;
                presence_penalty?: number;
                frequency_penalty?: number;
                seed?: number;
                stop?: string[];
            };
            messages: number;
            turns: number;
            bytes: number;
            totals: {
                prompt_tokens: number;
                completion_tokens: number;
                cost_micros: number;
                unpriced: number;
                pending: number;
            };
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
        };
        ConversationMessage: {
            id: string;
            position: number;
            turn: number;
            place: number;
            /** @enum {string} */
            role: "user" | "assistant";
            content: string;
            model: string | null;
            parameters: {
                temperature?: number;
                top_p?: number;
                max_tokens?: number;
                presence_penalty?: number;
                frequency_penalty?: number;
                seed?: number;
                stop?: string[];
            } | null;
            /** @enum {string} */
            status: "done" | "stopped" | "failed";
            finish_reason: string | null;
            error_code: string | null;
            request_id: string | null;
            figures: {
                /** @enum {string} */
                state: "pending" | "known" | "unknown";
                outcome: string | null;
                ttft_ms: number | null;
                total_ms: number | null;
                prompt_tokens: number | null;
                completion_tokens: number | null;
                cached_tokens: number | null;
                tokens_per_second: number | null;
                cost_micros: number | null;
            } | null;
            /** Format: date-time */
            created_at: string;
        };
        CostInterval: {
            id: string;
            /** @enum {string} */
            resource_kind: "server" | "volume" | "address";
            resource_ref: string;
            instance_id: string;
            /** Format: date-time */
            from: string;
            to: string | null;
            nanos_per_hour: number | null;
            micros: number | null;
        };
        CostSeries: {
            step_seconds: number;
            points: {
                /** Format: date-time */
                at: string;
                micros: number;
                cumulative_micros: number;
            }[];
        };
        CostSummary: {
            /** @constant */
            currency: "EUR";
            micros_per_hour: number;
            micros_per_minute: number;
            cumulative_micros: number;
            today_micros: number;
            month_micros: number;
            unpriced_resources: number;
            /** Format: date-time */
            at: string;
        };
        CreateDeployment: {
            name: string;
            model_id?: string;
            /** @default mock */
            provider?: string;
            account_id?: string;
            zone: string;
            instance_type: string;
            /** @default [] */
            fallbacks?: {
                zone: string;
                instance_type_id: string;
            }[];
            /** @default 1 */
            replicas?: number;
            /** @default [] */
            volume_ids?: string[];
            /** @default null */
            project_id?: string | null;
        };
        CreatedApiKey: {
            id: string;
            name: string;
            hint: string;
            enabled: boolean;
            scopes: ("inference" | "models.read")[];
            models: string[] | null;
            limits: {
                requests_per_minute: number | null;
                tokens_per_minute: number | null;
                concurrent_requests: number | null;
            };
            /** @enum {string} */
            priority_max: "batch" | "low" | "normal" | "high";
            waits_for_start: boolean;
            project_id: string | null;
            /** Format: date-time */
            created_at: string;
            expires_at: string | null;
            last_used_at: string | null;
            revoked_at: string | null;
            /** @enum {string} */
            owner: "user" | "organisation";
            user: {
                id: string;
                username: string;
            };
            /** @enum {string} */
            state: "active" | "inactive" | "disabled" | "suspended" | "expired" | "revoked";
            effective: {
                scopes: ("inference" | "models.read")[];
                /** @enum {string} */
                priority_max: "batch" | "low" | "normal" | "high";
            };
            budget: {
                day_micros: number | null;
                month_micros: number | null;
                total_micros: number | null;
            };
            spent: {
                day_micros: number;
                month_micros: number;
                total_micros: number;
            } | null;
            rotated_at: string | null;
            previous_secret: {
                hint: string;
                /** Format: date-time */
                until: string;
            } | null;
            activation: {
                technical: {
                    given: boolean;
                    by: string | null;
                    at: string | null;
                };
                economic: {
                    given: boolean;
                    by: string | null;
                    at: string | null;
                };
                missing: ("technical" | "economic")[];
                who_can: {
                    /** @enum {string} */
                    side: "technical" | "economic";
                    roles: ("owner" | "admin" | "manager" | "user")[];
                    people: {
                        id: string;
                        username: string;
                        /** @enum {string} */
                        role: "owner" | "admin" | "manager" | "user";
                    }[];
                }[];
            };
            secret: string | null;
        };
        Deployment: {
            id: string;
            name: string;
            model_id: string;
            model: string;
            provider: string;
            zone: string;
            instance_type: string;
            fallbacks: {
                zone: string;
                instance_type_id: string;
            }[];
            project_id: string | null;
            replicas: number;
            ready_replicas: number;
            /** @enum {string} */
            status: "active" | "terminating" | "terminated";
            /** Format: date-time */
            created_at: string;
            instances: components["schemas"]["Instance"][];
        };
        Entitlement: {
            id: string;
            offering: {
                id: string;
                model_name: string;
            };
            provider: {
                id: string;
                slug: string;
                name: string;
            };
            consumer: {
                id: string;
                slug: string;
                name: string;
            };
            /** @enum {string} */
            source: "free" | "per_token" | "trial" | "subscription" | "contract";
            contract_id: string | null;
            plan_id: string | null;
            /** @enum {string} */
            state: "upcoming" | "active" | "ended";
            price: {
                prompt_micros_per_1k: number;
                completion_micros_per_1k: number;
                cached_micros_per_1k: number;
            } | null;
            allowance: {
                tokens: number;
                used: number;
                ends_at: string | null;
            } | null;
            /** Format: date-time */
            starts_at: string;
            ends_at: string | null;
            /** Format: date-time */
            created_at: string;
        };
        /**
         * @description Stable name of what happened, for programs. Explained at `/api/docs/errors`.
         * @enum {string}
         */
        ErrorCode: "access_request.decided" | "access_request.not_found" | "access_request.open" | "account.email_taken" | "account.link_invalid" | "account.username_taken" | "activation.missing" | "activation.resource_not_found" | "api_key.budget_reached" | "api_key.ended" | "api_key.model_not_allowed" | "api_key.not_found" | "api_key.price_unknown" | "api_key.rotation_running" | "api_key.scope_missing" | "api_key.suspended" | "auth.ambiguous" | "auth.bad_code" | "auth.bad_credentials" | "auth.code_required" | "auth.forbidden" | "auth.invalid_api_key" | "auth.required" | "auth.sign_in_again" | "auth.too_many_attempts" | "auth.wrong_password" | "batch.key_required" | "batch.line_running" | "batch.not_cancellable" | "batch.not_found" | "batch.too_many" | "catalogue.name_taken" | "catalogue.provider_not_found" | "catalogue.sync_not_found" | "catalogue.type_ending" | "catalogue.type_not_found" | "catalogue.type_unavailable" | "catalogue.zone_not_found" | "contract.accepted" | "contract.ended" | "contract.not_found" | "contract.overlaps" | "control_url.local" | "control_url.unencrypted" | "control_url.unreachable" | "database.unavailable" | "deployment.name_taken" | "deployment.not_found" | "entitlement.ended" | "entitlement.exists" | "entitlement.not_found" | "entitlement.trial_used" | "events.no_room" | "events.restarting" | "events.too_many_streams" | "file.in_use" | "file.not_found" | "file.storage_full" | "file.too_large" | "flavour.built_in" | "flavour.changed" | "flavour.in_use" | "flavour.not_found" | "flavour.taken" | "flavour.unknown" | "gateway.journal_full" | "gateway.overloaded" | "host.address_taken" | "host.agent_refused" | "host.bad_credential" | "host.bad_inventory" | "host.confirm_name" | "host.enrolment_ended" | "host.enrolment_expired" | "host.enrolment_not_found" | "host.enrolment_revoked" | "host.enrolment_unknown" | "host.enrolment_used" | "host.in_use" | "host.name_taken" | "host.no_tunnel" | "host.not_claimed" | "host.not_found" | "host.order_gone" | "host.reached_by_agent" | "host.release_first" | "host.too_many" | "host.too_many_enrolments" | "instance.illegal_transition" | "instance.not_found" | "instance.stale" | "internal.unexpected" | "invitation.account_exists" | "invitation.exists" | "invitation.invalid" | "invitation.not_found" | "invitation.other_address" | "invitation.too_many" | "job.not_dead" | "limit.exceeded" | "limit.request_too_large" | "member.beyond_role" | "member.exists" | "member.not_found" | "model.config_invalid" | "model.does_not_fit" | "model.in_use" | "model.inactive" | "model.name_taken" | "model.not_found" | "model.not_own" | "model.not_ready" | "model.not_served" | "model.required" | "model.starting" | "offering.allowance_used" | "offering.code_taken" | "offering.not_entitled" | "offering.not_found" | "offering.not_open" | "offering.not_priced" | "offering.subscription_unpaid" | "oidc.account_exists" | "oidc.domain_refused" | "oidc.email_unverified" | "oidc.failed" | "oidc.linked_elsewhere" | "oidc.no_account" | "oidc.not_linked" | "oidc.off" | "oidc.only_way" | "oidc.unavailable" | "organisation.creation_off" | "organisation.deleting" | "organisation.last_owner" | "organisation.not_deleting" | "organisation.not_found" | "organisation.personal" | "organisation.slug_reserved" | "organisation.slug_taken" | "plan.not_found" | "project.archived" | "project.not_found" | "project.slug_taken" | "provider.not_enabled" | "provider.refused" | "provider_account.bad_credential" | "provider_account.choice_required" | "provider_account.in_use" | "provider_account.name_taken" | "provider_account.not_found" | "provider_account.unusable" | "queue.full" | "queue.timeout" | "reconcile.not_found" | "request.csrf_header_missing" | "request.foreign_origin" | "request.idempotency_in_progress" | "request.idempotency_mismatch" | "request.invalid" | "request.malformed" | "request.too_large" | "request.unsupported_media_type" | "response.not_stored" | "route.method_not_allowed" | "route.not_found" | "session.not_found" | "setting.bad_value" | "setting.conflict" | "setting.not_found" | "setting.not_per_organisation" | "setting.not_per_provider" | "sweep.nothing_to_confirm" | "sweep.round_not_found" | "totp.already_on" | "totp.not_on" | "upstream.broken_stream" | "upstream.failed" | "upstream.timeout" | "user.is_disabled" | "user.last_admin" | "user.not_found" | "volume.boot" | "volume.ending" | "volume.in_use" | "volume.not_attachable" | "volume.not_found" | "wallet.empty" | "webhook.bad_url" | "webhook.delivery_not_found" | "webhook.delivery_pending" | "webhook.disabled" | "webhook.not_found" | "webhook.too_many" | "workbench.conversation_not_found" | "workbench.no_such_turn" | "workbench.not_yours" | "workbench.project_archived" | "workbench.project_not_found" | "workbench.prompt_not_found" | "workbench.request_used" | "workbench.too_large" | "workbench.too_many" | "worker.bad_token" | "worker.bundle_not_found" | "worker.logs_limited" | "worker.revoked" | "worker.superseded" | "worker.too_many_beats" | "worker.wrong_instance";
        Instance: {
            id: string;
            org_id: string;
            deployment_id: string | null;
            name: string;
            /** @enum {string} */
            state: "provisioning" | "booting" | "installing" | "starting" | "ready" | "draining" | "terminating" | "terminated" | "archived" | "provisioning_failed" | "startup_failed" | "worker_dead" | "unavailable" | "failed";
            state_reason: string | null;
            is_drained: boolean;
            progress: number;
            model_bytes_loaded: number | null;
            model_bytes_total: number | null;
            provider: string;
            account_id: string | null;
            zone: string;
            instance_type: string;
            gpu_count: number;
            gpu_kind: string;
            model_id: string;
            model: string;
            address: string | null;
            price_micros_per_hour: number | null;
            cost_micros: number;
            worker_version: string | null;
            worker_sha256: string | null;
            worker_outdated: boolean | null;
            worker_last_seen_at: string | null;
            /** Format: date-time */
            created_at: string;
            ready_at: string | null;
            terminated_at: string | null;
            activation: {
                technical: {
                    given: boolean;
                    by: string | null;
                    at: string | null;
                };
                economic: {
                    given: boolean;
                    by: string | null;
                    at: string | null;
                };
                missing: ("technical" | "economic")[];
                who_can: {
                    /** @enum {string} */
                    side: "technical" | "economic";
                    roles: ("owner" | "admin" | "manager" | "user")[];
                    people: {
                        id: string;
                        username: string;
                        /** @enum {string} */
                        role: "owner" | "admin" | "manager" | "user";
                    }[];
                }[];
            };
            waits_for: {
                /** @enum {string} */
                resource_kind: "instance" | "model" | "provider" | "api_key" | "offering";
                resource_id: string;
                missing: ("technical" | "economic")[];
            }[];
        };
        InstanceDetail: {
            id: string;
            org_id: string;
            deployment_id: string | null;
            name: string;
            /** @enum {string} */
            state: "provisioning" | "booting" | "installing" | "starting" | "ready" | "draining" | "terminating" | "terminated" | "archived" | "provisioning_failed" | "startup_failed" | "worker_dead" | "unavailable" | "failed";
            state_reason: string | null;
            is_drained: boolean;
            progress: number;
            model_bytes_loaded: number | null;
            model_bytes_total: number | null;
            provider: string;
            account_id: string | null;
            zone: string;
            instance_type: string;
            gpu_count: number;
            gpu_kind: string;
            model_id: string;
            model: string;
            address: string | null;
            price_micros_per_hour: number | null;
            cost_micros: number;
            worker_version: string | null;
            worker_sha256: string | null;
            worker_outdated: boolean | null;
            worker_last_seen_at: string | null;
            /** Format: date-time */
            created_at: string;
            ready_at: string | null;
            terminated_at: string | null;
            activation: {
                technical: {
                    given: boolean;
                    by: string | null;
                    at: string | null;
                };
                economic: {
                    given: boolean;
                    by: string | null;
                    at: string | null;
                };
                missing: ("technical" | "economic")[];
                who_can: {
                    /** @enum {string} */
                    side: "technical" | "economic";
                    roles: ("owner" | "admin" | "manager" | "user")[];
                    people: {
                        id: string;
                        username: string;
                        /** @enum {string} */
                        role: "owner" | "admin" | "manager" | "user";
                    }[];
                }[];
            };
            waits_for: {
                /** @enum {string} */
                resource_kind: "instance" | "model" | "provider" | "api_key" | "offering";
                resource_id: string;
                missing: ("technical" | "economic")[];
            }[];
            server_ref: string | null;
            steps: {
                /** @enum {string} */
                step: "request_created" | "server_created" | "volume_resized" | "started" | "address_known" | "security_group" | "worker_installed" | "engine_http" | "model_loaded" | "warmed_up" | "health_confirmed" | "ready";
                percent: number;
                completed_at: string | null;
                duration_ms: number | null;
                expected_ms: number | null;
                stalled: boolean;
            }[];
            history: {
                version: number;
                from: ("provisioning" | "booting" | "installing" | "starting" | "ready" | "draining" | "terminating" | "terminated" | "archived" | "provisioning_failed" | "startup_failed" | "worker_dead" | "unavailable" | "failed") | null;
                /** @enum {string} */
                to: "provisioning" | "booting" | "installing" | "starting" | "ready" | "draining" | "terminating" | "terminated" | "archived" | "provisioning_failed" | "startup_failed" | "worker_dead" | "unavailable" | "failed";
                reason: string;
                actor: string;
                correlation_id: string;
                /** Format: date-time */
                at: string;
            }[];
            volumes: {
                id: string;
                provider_ref: string;
                kind: string;
                size_bytes: number;
                is_boot: boolean;
                delete_on_terminate: boolean;
                price_micros_per_hour: number | null;
                is_given: boolean;
                /** Format: date-time */
                created_at: string;
                delete_asked_at: string | null;
                deleted_at: string | null;
            }[];
            reinstall: {
                id: string;
                is_automatic: boolean;
                /** @enum {string} */
                path: "agent_order" | "user_data" | "ssh" | "replacement";
                /** Format: date-time */
                path_began_at: string;
                path_reason: string | null;
                outcome: ("installed" | "replaced" | "failed" | "cancelled") | null;
                replaced_by: string | null;
                /** Format: date-time */
                created_at: string;
                ended_at: string | null;
            } | null;
            offers: {
                position: number;
                zone: string;
                instance_type_id: string;
                instance_type: string;
                price_micros_per_hour: number | null;
                is_current: boolean;
                refusal_kind: string | null;
                refusal_message: string | null;
                refused_at: string | null;
            }[];
            engine: {
                /** @enum {string} */
                kind: "vllm" | "simulated";
                is_told: boolean;
                gpu: {
                    /** @enum {string} */
                    vendor: "nvidia" | "amd";
                    family: ("turing" | "ampere" | "ada" | "hopper" | "blackwell" | "cdna2" | "cdna3" | "cdna4" | "rdna3" | "rdna4") | null;
                    is_measured: boolean;
                };
                flavour: string | null;
                refusal: string | null;
                parts: {
                    image: {
                        value: string;
                        /** @enum {string} */
                        origin: "instance_type" | "provider_type" | "provider" | "global" | "override" | "built_in";
                        flavour: string;
                    };
                    args: {
                        value: string[];
                        /** @enum {string} */
                        origin: "instance_type" | "provider_type" | "provider" | "global" | "override" | "built_in";
                        flavour: string;
                    };
                    environment: {
                        value: {
                            [key: string]: string;
                        };
                        /** @enum {string} */
                        origin: "instance_type" | "provider_type" | "provider" | "global" | "override" | "built_in";
                        flavour: string;
                    };
                    mounts: {
                        value: {
                            source: string;
                            target: string;
                            read_only: boolean;
                        }[];
                        /** @enum {string} */
                        origin: "instance_type" | "provider_type" | "provider" | "global" | "override" | "built_in";
                        flavour: string;
                    };
                    devices: {
                        value: string[];
                        /** @enum {string} */
                        origin: "instance_type" | "provider_type" | "provider" | "global" | "override" | "built_in";
                        flavour: string;
                    };
                    network: {
                        value: string;
                        /** @enum {string} */
                        origin: "instance_type" | "provider_type" | "provider" | "global" | "override" | "built_in";
                        flavour: string;
                    };
                } | null;
                passed_over: {
                    /** @enum {string} */
                    origin: "instance_type" | "provider_type" | "provider" | "global" | "override" | "built_in";
                    flavour: string;
                    /** @enum {string} */
                    because: "unknown" | "other_gpus";
                }[];
            } | null;
        };
        InstanceSample: {
            /** Format: date-time */
            at: string;
            last_at: string | null;
            beats: number;
            cpu_ratio: number | null;
            memory_used_bytes: number | null;
            memory_total_bytes: number | null;
            disk_used_bytes: number | null;
            disk_total_bytes: number | null;
            network_rx_bytes: number | null;
            network_tx_bytes: number | null;
            requests_running: number | null;
            requests_waiting: number | null;
            tokens_per_second: number | null;
            kv_cache_ratio: number | null;
            gpus: {
                index: number;
                name: string;
                utilisation: number;
                memory_used_bytes: number;
                memory_total_bytes: number;
                temperature_c: number;
                power_w: number;
            }[];
            max: {
                cpu_ratio: number | null;
                memory_used_bytes: number | null;
                requests_running: number | null;
                requests_waiting: number | null;
                tokens_per_second: number | null;
                kv_cache_ratio: number | null;
                gpus: {
                    index: number;
                    name: string;
                    utilisation: number;
                    memory_used_bytes: number;
                    memory_total_bytes: number;
                    temperature_c: number;
                    power_w: number;
                }[];
            };
            usage: {
                requests: number;
                prompt_tokens: number;
                completion_tokens: number;
            } | null;
        };
        Model: {
            id: string;
            hf_id: string;
            name: string;
            parameters: number | null;
            weights_bytes: number;
            kv_bytes_per_token: number | null;
            vram_bytes_needed: number;
            disk_bytes_needed: number;
            context_length: number;
            licence: string | null;
            shape: {
                family: string | null;
                layers: number;
                attention_heads: number;
                kv_heads: number;
                head_dim: number;
                latent_dim: number | null;
                attention: {
                    layers: number;
                    window: number | null;
                }[];
                dtype: ("float32" | "bfloat16" | "float16" | "float8") | null;
                quantisation: ("fp8" | "int8" | "awq" | "gptq" | "int4" | "bitsandbytes_4bit" | "bitsandbytes_8bit" | "mxfp4" | "nvfp4") | null;
                experts: number | null;
            } | null;
            engine_args: string[];
            gguf: {
                source: string;
                sha256: string | null;
            } | null;
            is_active: boolean;
            is_own: boolean;
            /** @enum {string} */
            origin: "seed" | "person";
            version: number;
            ready_instances: number;
            activation: {
                technical: {
                    given: boolean;
                    by: string | null;
                    at: string | null;
                };
                economic: {
                    given: boolean;
                    by: string | null;
                    at: string | null;
                };
                missing: ("technical" | "economic")[];
                who_can: {
                    /** @enum {string} */
                    side: "technical" | "economic";
                    roles: ("owner" | "admin" | "manager" | "user")[];
                    people: {
                        id: string;
                        username: string;
                        /** @enum {string} */
                        role: "owner" | "admin" | "manager" | "user";
                    }[];
                }[];
            };
        };
        Offer: {
            instance_type_id: string;
            provider: string;
            zone: string;
            instance_type: string;
            gpu_count: number;
            gpu_kind: string;
            vram_bytes_per_gpu: number;
            vram_bytes_nominal: number;
            vram_measured_on: number;
            vcpus: number;
            memory_bytes: number;
            price: {
                nanos_per_hour: number;
                currency: string;
                as_of: string | null;
            } | null;
            price_micros_per_hour: number | null;
            /** @enum {string} */
            availability: "available" | "scarce" | "shortage" | "unknown";
            /** @enum {string} */
            service: "offered" | "ending" | "unlisted";
            told_at: string | null;
            age_seconds: number | null;
            stale: ("late" | "failed") | null;
            is_enabled: boolean;
            provider_missing: ("technical" | "economic")[];
            fit: {
                /** @enum {string} */
                verdict: "fits" | "tight" | "no";
                fits: boolean;
                explanation: string;
                reasons: {
                    /** @enum {string} */
                    code: "gpu_unsupported" | "gpu_unknown" | "dtype_converted" | "dtype_unsupported" | "quantisation_unsupported" | "quantisation_emulated" | "heads_indivisible" | "gpus_idle" | "weights_too_large" | "context_too_small" | "context_cut" | "sequences_too_many" | "attention_unknown" | "gpu_missing" | "gpu_unused";
                    /** @enum {string} */
                    weight: "no" | "tight" | "note";
                    message: string;
                }[];
                tensor_parallel: number;
                vram_bytes_per_gpu: number;
                usable_bytes_per_gpu: number;
                weights_bytes_per_gpu: number;
                overhead_bytes_per_gpu: number;
                activation_bytes_per_gpu: number;
                kv_bytes_per_gpu: number;
                kv_tokens: number | null;
                sequences: number | null;
                context_length: number;
                model_context_length: number;
                engine_args: string[];
            } | null;
            usual_start_ms: number | null;
            usual_start_of: number;
            speed: {
                estimated_tokens_per_second: number | null;
                measured_tokens_per_second: number | null;
                micros_per_million_tokens: number | null;
                /** @enum {string} */
                basis: "estimated" | "measured";
            } | null;
        };
        Offering: {
            id: string;
            model_name: string;
            organisation: {
                id: string;
                slug: string;
                name: string;
            };
            model: {
                id: string;
                hf_id: string;
            };
            name: string;
            description: string;
            /** @enum {string} */
            visibility: "public" | "unlisted" | "private";
            /** @enum {string} */
            access: "free" | "subscription" | "request" | "per_token" | "trial";
            trial_tokens: number | null;
            trial_days: number | null;
            /** @enum {string} */
            state: "draft" | "published" | "withdrawn";
            price: {
                prompt_micros_per_1k: number;
                completion_micros_per_1k: number;
                cached_micros_per_1k: number;
            } | null;
            /** Format: date-time */
            created_at: string;
            published_at: string | null;
        };
        Organisation: {
            id: string;
            slug: string;
            name: string;
            colour: string | null;
            is_deleting: boolean;
            limits: {
                requests_per_minute: number | null;
                tokens_per_minute: number | null;
                concurrent_requests: number | null;
            };
        };
        Plan: {
            id: string;
            offering_id: string;
            name: string;
            fee_micros: number;
            included_tokens: number;
            is_retired: boolean;
            /** Format: date-time */
            created_at: string;
        };
        Problem: {
            type: string;
            title: string;
            status: number;
            detail: string;
            code: components["schemas"]["ErrorCode"];
            request_id: string;
            errors?: {
                path: string;
                message: string;
            }[];
        };
        Prompt: {
            id: string;
            name: string;
            /** @enum {string} */
            for: "me" | "organisation";
            version: number;
            content: string;
            is_default: boolean;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
        };
        Session: {
            user: {
                id: string;
                username: string;
                email: string;
                is_platform_admin: boolean;
                /** @enum {string} */
                language: "en" | "fr";
            };
            organisation: {
                id: string;
                slug: string;
                name: string;
                /** @enum {string} */
                kind: "team" | "personal";
                /** @enum {string} */
                role: "owner" | "admin" | "manager" | "user";
            };
            /** Format: date-time */
            expires_at: string;
        };
        UsageEntry: {
            request_id: string;
            model_id: string;
            instance_id: string | null;
            api_key_id: string | null;
            user_id: string | null;
            project_id: string | null;
            endpoint: string;
            outcome: string;
            prompt_tokens: number;
            completion_tokens: number;
            cached_tokens: number;
            ttft_ms: number | null;
            duration_ms: number;
            /** Format: date-time */
            started_at: string;
            offering_id: string | null;
            charged_micros: number | null;
        };
        UsageSummary: {
            requests: number;
            prompt_tokens: number;
            completion_tokens: number;
            cached_tokens: number;
        };
        Wallet: {
            /** @constant */
            currency: "EUR";
            balance_micros: number;
            credit_micros: number | null;
            can_spend: boolean;
        };
        WalletEntry: {
            ref: string;
            /** @enum {string} */
            kind: "top_up" | "transfer_in" | "transfer_out" | "usage" | "fee" | "income";
            amount_micros: number;
            counterparty: string | null;
            note: string;
            created_by: string;
            /** Format: date-time */
            created_at: string;
        };
        Webhook: {
            id: string;
            url: string;
            description: string;
            event_types: ("INSTANCE_STATE_CHANGED" | "INSTANCE_COST_START" | "INSTANCE_COST_STOP" | "TOKENS_CONSUMED" | "API_KEY_CREATED" | "API_KEY_REVOKED" | "DEPLOYMENT_CREATED" | "DEPLOYMENT_DELETED" | "ALERT_OPENED" | "ALERT_CLOSED" | "WEBHOOK_TEST")[];
            enabled: boolean;
            disabled_because: ("failing" | "gone") | null;
            failing_since: string | null;
            former_secret_until: string | null;
            /** Format: date-time */
            created_at: string;
        };
        WebhookDelivery: {
            id: string;
            event_id: string;
            /** @enum {string} */
            event_type: "INSTANCE_STATE_CHANGED" | "INSTANCE_COST_START" | "INSTANCE_COST_STOP" | "TOKENS_CONSUMED" | "API_KEY_CREATED" | "API_KEY_REVOKED" | "DEPLOYMENT_CREATED" | "DEPLOYMENT_DELETED" | "ALERT_OPENED" | "ALERT_CLOSED" | "WEBHOOK_TEST";
            /** @enum {string} */
            state: "pending" | "delivered" | "failed";
            attempts: number;
            next_attempt_at: string | null;
            last_status: number | null;
            last_error: string | null;
            /** Format: date-time */
            created_at: string;
            ended_at: string | null;
        };
        WebhookDeliveryDetail: {
            id: string;
            event_id: string;
            /** @enum {string} */
            event_type: "INSTANCE_STATE_CHANGED" | "INSTANCE_COST_START" | "INSTANCE_COST_STOP" | "TOKENS_CONSUMED" | "API_KEY_CREATED" | "API_KEY_REVOKED" | "DEPLOYMENT_CREATED" | "DEPLOYMENT_DELETED" | "ALERT_OPENED" | "ALERT_CLOSED" | "WEBHOOK_TEST";
            /** @enum {string} */
            state: "pending" | "delivered" | "failed";
            attempts: number;
            next_attempt_at: string | null;
            last_status: number | null;
            last_error: string | null;
            /** Format: date-time */
            created_at: string;
            ended_at: string | null;
            body: string;
            attempt_log: {
                number: number;
                /** Format: date-time */
                at: string;
                duration_ms: number;
                status: number | null;
                error: string | null;
                answer: string | null;
            }[];
        };
        Worker: {
            instance_id: string;
            instance: string;
            /** @enum {string} */
            state: "provisioning" | "booting" | "installing" | "starting" | "ready" | "draining" | "terminating" | "terminated" | "archived" | "provisioning_failed" | "startup_failed" | "worker_dead" | "unavailable" | "failed";
            status: string | null;
            version: string | null;
            sha256: string | null;
            expected_version: string | null;
            expected_sha256: string | null;
            is_outdated: boolean;
            epoch: number;
            is_revoked: boolean;
            /** @enum {string} */
            reach: "direct" | "tunnel";
            registered_at: string | null;
            token_issued_at: string | null;
            last_seen_at: string | null;
        };
    };
    responses: {
        /** @description Another error, in the same form */
        Error: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The request cannot be read, or could be read in two ways */
        Error400: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Nobody is signed in, or the credential is wrong */
        Error401: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is nothing left to pay with */
        Error402: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The role does not allow it, or the request comes from another site */
        Error403: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no such thing in this organisation */
        Error404: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The address does not take this method */
        Error405: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The state of the thing does not allow it */
        Error409: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It was shut out for good */
        Error410: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is larger than the route accepts */
        Error413: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is not JSON */
        Error415: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A field does not have the expected form; `errors` names each */
        Error422: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Too often or too much; `Retry-After` says when again */
        Error429: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A fault of ours; quote the request id */
        Error500: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It cannot be served now; `Retry-After` says when again */
        Error503: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description What had to answer did not answer in time */
        Error504: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "access_requests.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description Which of the two sides. */
                side?: "consumed" | "provided";
                /** @description Rows in this state; of some lists several, separated by commas. */
                state?: "requested" | "approved" | "refused" | "withdrawn";
                /** @description Rows of the offering with this id. */
                offering_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What your organisation asked for and was asked for, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["AccessRequest"][];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "access_requests.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    offering: string;
                    /** @default  */
                    note?: string;
                };
            };
        };
        responses: {
            /** @description Ask another organisation to let yours use its offering */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessRequest"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "access_requests.approve": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    price?: {
                        prompt_micros_per_1k: number;
                        completion_micros_per_1k: number;
                        cached_micros_per_1k: number;
                    };
                    /** Format: date-time */
                    starts_at?: string;
                    /** Format: date-time */
                    ends_at?: string;
                    /** @default  */
                    answer?: string;
                };
            };
        };
        responses: {
            /** @description Answer with a contract, at the list price or another */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessRequest"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "access_requests.refuse": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default  */
                    answer?: string;
                };
            };
        };
        responses: {
            /** @description Say no, and why */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessRequest"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "access_requests.withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ask for it no more */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessRequest"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "account.get": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Your account: how you sign in, and the organisations you are in */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        username: string;
                        email: string;
                        pending_email: string | null;
                        /** @enum {string} */
                        language: "en" | "fr";
                        is_platform_admin: boolean;
                        has_password: boolean;
                        totp: {
                            is_on: boolean;
                            recovery_codes_left: number;
                        };
                        identities: {
                            issuer: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            last_used_at: string;
                        }[];
                        organisations: {
                            id: string;
                            slug: string;
                            name: string;
                            /** @enum {string} */
                            kind: "team" | "personal";
                            /** @enum {string} */
                            role: "owner" | "admin" | "manager" | "user";
                        }[];
                        /** Format: date-time */
                        created_at: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "account.change": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    username?: string;
                    /** Format: email */
                    email?: string;
                    /** @enum {string} */
                    language?: "en" | "fr";
                    password?: string;
                };
            };
        };
        responses: {
            /** @description Change user name, language, or address; another address waits until the mailed link is opened */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        username: string;
                        email: string;
                        pending_email: string | null;
                        /** @enum {string} */
                        language: "en" | "fr";
                        is_platform_admin: boolean;
                        has_password: boolean;
                        totp: {
                            is_on: boolean;
                            recovery_codes_left: number;
                        };
                        identities: {
                            issuer: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            last_used_at: string;
                        }[];
                        organisations: {
                            id: string;
                            slug: string;
                            name: string;
                            /** @enum {string} */
                            kind: "team" | "personal";
                            /** @enum {string} */
                            role: "owner" | "admin" | "manager" | "user";
                        }[];
                        /** Format: date-time */
                        created_at: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "account.link_identity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    password?: string;
                };
            };
        };
        responses: {
            /** @description Add the single sign-on to your account: send the browser to the address in the answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        authorization_url: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "account.unlink_identity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    password?: string;
                    issuer: string;
                };
            };
        };
        responses: {
            /** @description Done; the answer has no body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "account.change_password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    current_password: string;
                    new_password: string;
                };
            };
        };
        responses: {
            /** @description Change your password; ends all other sessions and gives this one a new cookie */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "account.start_totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    password?: string;
                };
            };
        };
        responses: {
            /** @description Begin to set up one-time codes; they are on when a code is confirmed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        secret: string;
                        uri: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "account.confirm_totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    code: string;
                };
            };
        };
        responses: {
            /** @description Turn one-time codes on; the recovery codes are shown once. Ends all other sessions */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        recovery_codes: string[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "account.renew_recovery_codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    password?: string;
                };
            };
        };
        responses: {
            /** @description Make new recovery codes, shown once; the former ones are worth nothing any more */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        recovery_codes: string[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "account.stop_totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    password?: string;
                };
            };
        };
        responses: {
            /** @description Done; the answer has no body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "actions.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description The order of the rows; a hyphen before it turns it round. */
                sort?: "at" | "-at" | "duration_ms" | "-duration_ms";
                /** @description Rows in which this text occurs. */
                q?: string;
                /** @description Rows of this component. */
                component?: string;
                /** @description The code that the provider of the single sign-on gave. */
                code?: string;
                /** @description Rows with this HTTP status. */
                status?: "started" | "succeeded" | "failed";
                /** @description Rows with this error code. */
                error_code?: string;
                /** @description Rows of one cause: the correlation id that answers and logs carry. */
                correlation_id?: string;
                /** @description From this moment on, RFC 3339. */
                from?: string;
                /** @description Before this moment, RFC 3339. */
                to?: string;
                /** @description Rows of this instance. */
                instance_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was done to all instances, step by step, searched, sorted and counted */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Action"][];
                        has_more: boolean;
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "activations.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description Rows of this kind of resource. */
                resource_kind?: "instance" | "model" | "provider" | "api_key" | "offering";
                /** @description Rows of the resource with this id. */
                resource_id?: string;
                /** @description Only what lacks an activation, or only what lacks none. */
                missing?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is activated and what is missing, with who can give it; newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            technical: {
                                given: boolean;
                                by: string | null;
                                at: string | null;
                            };
                            economic: {
                                given: boolean;
                                by: string | null;
                                at: string | null;
                            };
                            missing: ("technical" | "economic")[];
                            who_can: {
                                /** @enum {string} */
                                side: "technical" | "economic";
                                roles: ("owner" | "admin" | "manager" | "user")[];
                                people: {
                                    id: string;
                                    username: string;
                                    /** @enum {string} */
                                    role: "owner" | "admin" | "manager" | "user";
                                }[];
                            }[];
                            /** @enum {string} */
                            resource_kind: "instance" | "model" | "provider" | "api_key" | "offering";
                            resource_id: string;
                        }[];
                        has_more: boolean;
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "activations.give": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    resource_kind: "instance" | "model" | "provider" | "api_key" | "offering";
                    resource_id: string;
                    sides: ("technical" | "economic")[];
                };
            };
        };
        responses: {
            /** @description Give the technical or the economic activation of a resource, or both */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        technical: {
                            given: boolean;
                            by: string | null;
                            at: string | null;
                        };
                        economic: {
                            given: boolean;
                            by: string | null;
                            at: string | null;
                        };
                        missing: ("technical" | "economic")[];
                        who_can: {
                            /** @enum {string} */
                            side: "technical" | "economic";
                            roles: ("owner" | "admin" | "manager" | "user")[];
                            people: {
                                id: string;
                                username: string;
                                /** @enum {string} */
                                role: "owner" | "admin" | "manager" | "user";
                            }[];
                        }[];
                        /** @enum {string} */
                        resource_kind: "instance" | "model" | "provider" | "api_key" | "offering";
                        resource_id: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "activations.withdraw": {
        parameters: {
            query?: {
                /** @description Which of the two sides. */
                side?: "technical" | "economic";
            };
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Take a side back, or all that your role gives: it stops working within seconds; machines are not terminated */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        technical: {
                            given: boolean;
                            by: string | null;
                            at: string | null;
                        };
                        economic: {
                            given: boolean;
                            by: string | null;
                            at: string | null;
                        };
                        missing: ("technical" | "economic")[];
                        who_can: {
                            /** @enum {string} */
                            side: "technical" | "economic";
                            roles: ("owner" | "admin" | "manager" | "user")[];
                            people: {
                                id: string;
                                username: string;
                                /** @enum {string} */
                                role: "owner" | "admin" | "manager" | "user";
                            }[];
                        }[];
                        /** @enum {string} */
                        resource_kind: "instance" | "model" | "provider" | "api_key" | "offering";
                        resource_id: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "alerts.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description Rows in this state; of some lists several, separated by commas. */
                state?: "open" | "closed" | "all";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What does not get on by itself, newest first; platform administrators also see the installation's */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Alert"][];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "api_keys.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description The order of the rows; a hyphen before it turns it round. */
                sort?: "created_at" | "-created_at" | "name" | "-name" | "last_used_at" | "-last_used_at";
                /** @description `me`, `organisation`, `all`, or the id of a user. */
                owner?: string;
                /** @description Rows in which this text occurs. */
                q?: string;
                /** @description The name, as it is written. */
                name?: string;
                /** @description Rows in this state; of some lists several, separated by commas. */
                state?: "active" | "inactive" | "disabled" | "suspended" | "expired" | "revoked";
                /** @description Rows of this project. */
                project_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Your keys in this organisation, or those you may see, searched, sorted and counted, revoked ones included */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["ApiKey"][];
                        has_more: boolean;
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "api_keys.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    /**
                     * @default user
                     * @enum {string}
                     */
                    owner?: "user" | "organisation";
                    /** @default {} */
                    budget?: {
                        day_micros?: number | null;
                        month_micros?: number | null;
                        total_micros?: number | null;
                    };
                    /** @default null */
                    expires_at?: string | null;
                    /**
                     * @default [
                     *       "inference",
                     *       "models.read"
                     *     ]
                     */
                    scopes?: ("inference" | "models.read")[];
                    /** @default null */
                    models?: string[] | null;
                    /** @default {} */
                    limits?: {
                        requests_per_minute?: number | null;
                        tokens_per_minute?: number | null;
                        concurrent_requests?: number | null;
                    };
                    /**
                     * @default normal
                     * @enum {string}
                     */
                    priority_max?: "batch" | "low" | "normal" | "high";
                    /** @default false */
                    waits_for_start?: boolean;
                    /** @default null */
                    project_id?: string | null;
                };
            };
        };
        responses: {
            /** @description Make a key; its secret is in this answer and never shown again */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedApiKey"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "api_keys.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One key, without its secret */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "api_keys.revoke": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Revoke a key at once, everywhere */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "api_keys.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string;
                    expires_at?: string | null;
                    enabled?: boolean;
                    scopes?: ("inference" | "models.read")[];
                    models?: string[] | null;
                    limits?: {
                        requests_per_minute?: number | null;
                        tokens_per_minute?: number | null;
                        concurrent_requests?: number | null;
                    };
                    /** @enum {string} */
                    priority_max?: "batch" | "low" | "normal" | "high";
                    waits_for_start?: boolean;
                    project_id?: string | null;
                    budget?: {
                        day_micros?: number | null;
                        month_micros?: number | null;
                        total_micros?: number | null;
                    };
                };
            };
        };
        responses: {
            /** @description Change what a key may do and how much of it; what is left out stays */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "api_keys.budget": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    day_micros?: number | null;
                    month_micros?: number | null;
                    total_micros?: number | null;
                };
            };
        };
        responses: {
            /** @description Set what any key of the organisation may use up; what is left out stays, null takes it away */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "api_keys.end_previous_secret": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description End the secret that was replaced, before its time */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "api_keys.rotate": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    previous_until?: string | null;
                };
            };
        };
        responses: {
            /** @description Give a key a new secret, shown once; the old one works on for a day, or as long as is said */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedApiKey"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "api_keys.take_over": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Vouch for a key of the organisation, such as when who made it has left; its secrets stay */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "audit.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description The order of the rows; a hyphen before it turns it round. */
                sort?: "at" | "-at";
                /** @description Rows of this actor. */
                actor?: string;
                /** @description Rows with this action. */
                action?: string;
                /** @description Rows about the thing with this id. */
                subject?: string;
                /** @description What was done, or what was refused. */
                outcome?: "done" | "denied";
                /** @description Rows of one cause: the correlation id that answers and logs carry. */
                correlation_id?: string;
                /** @description Rows in which this text occurs. */
                q?: string;
                /** @description From this moment on, RFC 3339. */
                from?: string & (unknown & unknown);
                /** @description Before this moment, RFC 3339. */
                to?: string & (unknown & unknown);
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who changed what in this organisation, searched, sorted and counted */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["AuditEntry"][];
                        has_more: boolean;
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "audit.export_csv": {
        parameters: {
            query?: {
                /** @description Rows of this actor. */
                actor?: string;
                /** @description Rows with this action. */
                action?: string;
                /** @description Rows about the thing with this id. */
                subject?: string;
                /** @description What was done, or what was refused. */
                outcome?: "done" | "denied";
                /** @description Rows of one cause: the correlation id that answers and logs carry. */
                correlation_id?: string;
                /** @description Rows in which this text occurs. */
                q?: string;
                /** @description From this moment on, RFC 3339. */
                from?: string & (unknown & unknown);
                /** @description Before this moment, RFC 3339. */
                to?: string & (unknown & unknown);
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The audit log of this organisation as CSV, newest first, as one stream */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "audit.export_jsonl": {
        parameters: {
            query?: {
                /** @description Rows of this actor. */
                actor?: string;
                /** @description Rows with this action. */
                action?: string;
                /** @description Rows about the thing with this id. */
                subject?: string;
                /** @description What was done, or what was refused. */
                outcome?: "done" | "denied";
                /** @description Rows of one cause: the correlation id that answers and logs carry. */
                correlation_id?: string;
                /** @description Rows in which this text occurs. */
                q?: string;
                /** @description From this moment on, RFC 3339. */
                from?: string & (unknown & unknown);
                /** @description Before this moment, RFC 3339. */
                to?: string & (unknown & unknown);
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The audit log of this organisation as JSON lines, newest first, as one stream */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/jsonl": string;
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "flavours.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every record of every flavour; those of this release first, then by name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            name: string;
                            /** @enum {string} */
                            gpu_vendor: "nvidia" | "amd";
                            gpu_family: ("turing" | "ampere" | "ada" | "hopper" | "blackwell" | "cdna2" | "cdna3" | "cdna4" | "rdna3" | "rdna4") | null;
                            provider_id: string | null;
                            image: string | null;
                            args: string[] | null;
                            environment: {
                                [key: string]: string;
                            } | null;
                            mounts: {
                                source: string;
                                target: string;
                                read_only: boolean;
                            }[] | null;
                            devices: string[] | null;
                            network: string | null;
                            is_built_in: boolean;
                            version: number;
                            updated_at: string | null;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "flavours.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    /** @enum {string} */
                    gpu_vendor: "nvidia" | "amd";
                    /** @default null */
                    gpu_family?: ("turing" | "ampere" | "ada" | "hopper" | "blackwell" | "cdna2" | "cdna3" | "cdna4" | "rdna3" | "rdna4") | null;
                    /** @default null */
                    provider_id?: string | null;
                    image?: string | null;
                    args?: string[] | null;
                    environment?: {
                        [key: string]: string;
                    } | null;
                    mounts?: {
                        source: string;
                        target: string;
                        /** @default true */
                        read_only?: boolean;
                    }[] | null;
                    devices?: string[] | null;
                    network?: string | null;
                };
            };
        };
        responses: {
            /** @description A record of a flavour: for one family of GPUs or all, at one provider or all */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        name: string;
                        /** @enum {string} */
                        gpu_vendor: "nvidia" | "amd";
                        gpu_family: ("turing" | "ampere" | "ada" | "hopper" | "blackwell" | "cdna2" | "cdna3" | "cdna4" | "rdna3" | "rdna4") | null;
                        provider_id: string | null;
                        image: string | null;
                        args: string[] | null;
                        environment: {
                            [key: string]: string;
                        } | null;
                        mounts: {
                            source: string;
                            target: string;
                            read_only: boolean;
                        }[] | null;
                        devices: string[] | null;
                        network: string | null;
                        is_built_in: boolean;
                        version: number;
                        updated_at: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "flavours.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One record of a flavour */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        name: string;
                        /** @enum {string} */
                        gpu_vendor: "nvidia" | "amd";
                        gpu_family: ("turing" | "ampere" | "ada" | "hopper" | "blackwell" | "cdna2" | "cdna3" | "cdna4" | "rdna3" | "rdna4") | null;
                        provider_id: string | null;
                        image: string | null;
                        args: string[] | null;
                        environment: {
                            [key: string]: string;
                        } | null;
                        mounts: {
                            source: string;
                            target: string;
                            read_only: boolean;
                        }[] | null;
                        devices: string[] | null;
                        network: string | null;
                        is_built_in: boolean;
                        version: number;
                        updated_at: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "flavours.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer has no body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "flavours.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    image?: string | null;
                    args?: string[] | null;
                    environment?: {
                        [key: string]: string;
                    } | null;
                    mounts?: {
                        source: string;
                        target: string;
                        /** @default true */
                        read_only?: boolean;
                    }[] | null;
                    devices?: string[] | null;
                    network?: string | null;
                    version: number;
                };
            };
        };
        responses: {
            /** @description Change what it says; machines that registered keep what they were told until a reinstall */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        name: string;
                        /** @enum {string} */
                        gpu_vendor: "nvidia" | "amd";
                        gpu_family: ("turing" | "ampere" | "ada" | "hopper" | "blackwell" | "cdna2" | "cdna3" | "cdna4" | "rdna3" | "rdna4") | null;
                        provider_id: string | null;
                        image: string | null;
                        args: string[] | null;
                        environment: {
                            [key: string]: string;
                        } | null;
                        mounts: {
                            source: string;
                            target: string;
                            read_only: boolean;
                        }[] | null;
                        devices: string[] | null;
                        network: string | null;
                        is_built_in: boolean;
                        version: number;
                        updated_at: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "instance_types.list": {
        parameters: {
            query?: {
                /** @description Of this provider alone. */
                provider?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Kinds of machines with their prices by zone and whose word each is */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            provider: string;
                            code: string;
                            gpu_count: number;
                            gpu_kind: string;
                            vram_bytes_per_gpu: number;
                            vcpus: number;
                            memory_bytes: number;
                            arch: string;
                            scratch_bytes_max: number;
                            gpu_fraction: number | null;
                            is_active: boolean;
                            flavour: string | null;
                            /** @enum {string} */
                            origin: "seed" | "provider" | "person";
                            prices: {
                                zone: string;
                                price: {
                                    nanos_per_hour: number;
                                    currency: string;
                                    as_of: string | null;
                                } | null;
                                source: string | null;
                                /** @enum {string} */
                                availability: "available" | "scarce" | "shortage" | "unknown";
                                /** @enum {string} */
                                service: "offered" | "ending" | "unlisted";
                                /** @enum {string} */
                                origin: "seed" | "provider" | "person";
                            }[];
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "instance_types.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    provider: string;
                    code: string;
                    gpu_count: number;
                    gpu_kind: string;
                    vram_bytes_per_gpu: number;
                    vcpus: number;
                    memory_bytes: number;
                    /**
                     * @default x86_64
                     * @enum {string}
                     */
                    arch?: "x86_64" | "arm64";
                    /** @default 0 */
                    scratch_bytes_max?: number;
                };
            };
        };
        responses: {
            /** @description A kind of machine that its provider does not list by itself; it is offered where it gets a price */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        provider: string;
                        code: string;
                        gpu_count: number;
                        gpu_kind: string;
                        vram_bytes_per_gpu: number;
                        vcpus: number;
                        memory_bytes: number;
                        arch: string;
                        scratch_bytes_max: number;
                        gpu_fraction: number | null;
                        is_active: boolean;
                        flavour: string | null;
                        /** @enum {string} */
                        origin: "seed" | "provider" | "person";
                        prices: {
                            zone: string;
                            price: {
                                nanos_per_hour: number;
                                currency: string;
                                as_of: string | null;
                            } | null;
                            source: string | null;
                            /** @enum {string} */
                            availability: "available" | "scarce" | "shortage" | "unknown";
                            /** @enum {string} */
                            service: "offered" | "ending" | "unlisted";
                            /** @enum {string} */
                            origin: "seed" | "provider" | "person";
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "instance_types.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    gpu_count?: number;
                    gpu_kind?: string;
                    vram_bytes_per_gpu?: number;
                    vcpus?: number;
                    memory_bytes?: number;
                    /** @enum {string} */
                    arch?: "x86_64" | "arm64";
                    scratch_bytes_max?: number;
                    is_active?: boolean;
                    flavour?: string | null;
                    /** @constant */
                    give_back?: true;
                };
            };
        };
        responses: {
            /** @description Correct its figures, switch it off or on, or give the figures back to seeds and provider */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        provider: string;
                        code: string;
                        gpu_count: number;
                        gpu_kind: string;
                        vram_bytes_per_gpu: number;
                        vcpus: number;
                        memory_bytes: number;
                        arch: string;
                        scratch_bytes_max: number;
                        gpu_fraction: number | null;
                        is_active: boolean;
                        flavour: string | null;
                        /** @enum {string} */
                        origin: "seed" | "provider" | "person";
                        prices: {
                            zone: string;
                            price: {
                                nanos_per_hour: number;
                                currency: string;
                                as_of: string | null;
                            } | null;
                            source: string | null;
                            /** @enum {string} */
                            availability: "available" | "scarce" | "shortage" | "unknown";
                            /** @enum {string} */
                            service: "offered" | "ending" | "unlisted";
                            /** @enum {string} */
                            origin: "seed" | "provider" | "person";
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "instance_types.set_price": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    zone: string;
                    price: {
                        per_hour: string;
                        /** @enum {string} */
                        currency: "EUR" | "USD";
                        /** Format: date */
                        as_of?: string;
                    } | null;
                    /** @enum {string} */
                    availability?: "available" | "scarce" | "shortage" | "unknown";
                };
            };
        };
        responses: {
            /** @description What it costs in a zone: it holds against seeds and the provider until it is given back */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        provider: string;
                        code: string;
                        gpu_count: number;
                        gpu_kind: string;
                        vram_bytes_per_gpu: number;
                        vcpus: number;
                        memory_bytes: number;
                        arch: string;
                        scratch_bytes_max: number;
                        gpu_fraction: number | null;
                        is_active: boolean;
                        flavour: string | null;
                        /** @enum {string} */
                        origin: "seed" | "provider" | "person";
                        prices: {
                            zone: string;
                            price: {
                                nanos_per_hour: number;
                                currency: string;
                                as_of: string | null;
                            } | null;
                            source: string | null;
                            /** @enum {string} */
                            availability: "available" | "scarce" | "shortage" | "unknown";
                            /** @enum {string} */
                            service: "offered" | "ending" | "unlisted";
                            /** @enum {string} */
                            origin: "seed" | "provider" | "person";
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "instance_types.give_back_price": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
                /** @description Of this zone alone. */
                zone: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Leave its price in a zone to seeds and provider again; it stands until the next of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        provider: string;
                        code: string;
                        gpu_count: number;
                        gpu_kind: string;
                        vram_bytes_per_gpu: number;
                        vcpus: number;
                        memory_bytes: number;
                        arch: string;
                        scratch_bytes_max: number;
                        gpu_fraction: number | null;
                        is_active: boolean;
                        flavour: string | null;
                        /** @enum {string} */
                        origin: "seed" | "provider" | "person";
                        prices: {
                            zone: string;
                            price: {
                                nanos_per_hour: number;
                                currency: string;
                                as_of: string | null;
                            } | null;
                            source: string | null;
                            /** @enum {string} */
                            availability: "available" | "scarce" | "shortage" | "unknown";
                            /** @enum {string} */
                            service: "offered" | "ending" | "unlisted";
                            /** @enum {string} */
                            origin: "seed" | "provider" | "person";
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "catalogue_models.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The installation's models, inactive ones included, by name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Model"][];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "catalogue_models.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    hf_id: string;
                    name?: string;
                    licence?: string | null;
                    config?: {
                        [key: string]: unknown;
                    };
                    parameters?: number;
                    weights_bytes?: number;
                    kv_bytes_per_token?: number;
                    context_length?: number;
                    engine_args?: string[];
                    gguf?: {
                        source: string;
                        sha256?: string | null;
                    };
                };
            };
        };
        responses: {
            /** @description A model for every organisation */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "catalogue_models.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer has no body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "catalogue_models.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string;
                    licence?: string | null;
                    config?: {
                        [key: string]: unknown;
                    };
                    parameters?: number;
                    weights_bytes?: number;
                    kv_bytes_per_token?: number;
                    context_length?: number;
                    engine_args?: string[];
                    gguf?: {
                        source: string;
                        sha256?: string | null;
                    };
                    is_active?: boolean;
                };
            };
        };
        responses: {
            /** @description Change or switch off one of the installation's models */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "catalogue.offers": {
        parameters: {
            query?: {
                /** @description The id of a model: what fits it is said with each offer. */
                model_id?: string;
                /** @description Of this provider alone. */
                provider?: string;
                /** @description Of this zone alone. */
                zone?: string;
                /** @description Those that their providers give up, or list no more, too; they cannot be ordered. */
                include_ended?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Machines that can be rented, cheapest first, with their fit for a model when one is named */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Offer"][];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "catalogue.prices": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description Of this provider alone. */
                provider?: string;
                /** @description Of this zone alone. */
                zone?: string;
                /** @description Rows of this type of machine. */
                instance_type?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Prices that were seen, the newest first: each holds from the moment it was first seen until another */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            provider: string;
                            zone: string;
                            instance_type: string;
                            nanos_per_hour: number;
                            currency: string;
                            source: string | null;
                            /** Format: date-time */
                            seen_from: string;
                            seen_until: string | null;
                        }[];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "catalogue.providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What each provider offers, how old its prices are, and when it was asked last */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            provider: string;
                            name: string;
                            is_enabled: boolean;
                            zones: number;
                            types: number;
                            offers: number;
                            unpriced: number;
                            newest_price_of: string | null;
                            synced_at: string | null;
                            sync_error: string | null;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "catalogue.sync": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    provider?: string;
                };
            };
        };
        responses: {
            /** @description SYNC_CATALOG: ask the providers what they offer, now, with a report */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        provider: string | null;
                        /** @enum {string} */
                        state: "queued" | "running" | "done" | "failed";
                        requested_by: string;
                        /** Format: date-time */
                        requested_at: string;
                        ended_at: string | null;
                        report: {
                            providers: {
                                provider: string;
                                offers: number;
                                zones: number;
                                types: number;
                                unpriced: number;
                                duration_ms: number;
                                error: string | null;
                            }[];
                        } | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "catalogue.sync_get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description State and report of a SYNC_CATALOG */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        provider: string | null;
                        /** @enum {string} */
                        state: "queued" | "running" | "done" | "failed";
                        requested_by: string;
                        /** Format: date-time */
                        requested_at: string;
                        ended_at: string | null;
                        report: {
                            providers: {
                                provider: string;
                                offers: number;
                                zones: number;
                                types: number;
                                unpriced: number;
                                duration_ms: number;
                                error: string | null;
                            }[];
                        } | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "catalogue_zones.list": {
        parameters: {
            query?: {
                /** @description Of this provider alone. */
                provider?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Zones of the providers, switched-off ones included */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            provider: string;
                            code: string;
                            region: string;
                            is_active: boolean;
                            /** @enum {string} */
                            origin: "seed" | "provider" | "person";
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "catalogue_zones.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    provider: string;
                    code: string;
                    region: string;
                };
            };
        };
        responses: {
            /** @description A zone that its provider does not list by itself */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        provider: string;
                        code: string;
                        region: string;
                        is_active: boolean;
                        /** @enum {string} */
                        origin: "seed" | "provider" | "person";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "catalogue_zones.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of this provider alone. */
                provider: string;
                /** @description The code that the provider of the single sign-on gave. */
                code: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    region?: string;
                    is_active?: boolean;
                };
            };
        };
        responses: {
            /** @description Switch a zone off or on: nothing new is ordered in one that is off */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        provider: string;
                        code: string;
                        region: string;
                        is_active: boolean;
                        /** @enum {string} */
                        origin: "seed" | "provider" | "person";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "contracts.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description Which of the two sides. */
                side?: "consumed" | "provided";
                /** @description Rows in this state; of some lists several, separated by commas. */
                state?: "proposed" | "upcoming" | "active" | "ended";
                /** @description Rows of the offering with this id. */
                offering_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Contracts of your organisation on either side, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Contract"][];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "contracts.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    offering_id: string;
                    consumer: string;
                    price: {
                        prompt_micros_per_1k: number;
                        completion_micros_per_1k: number;
                        cached_micros_per_1k: number;
                    };
                    /** Format: date-time */
                    starts_at?: string;
                    /** Format: date-time */
                    ends_at?: string;
                    /** @default  */
                    note?: string;
                };
            };
        };
        responses: {
            /** @description Propose to another organisation to use your offering at a price; it holds once it is accepted */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contract"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "contracts.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One contract */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contract"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "contracts.accept": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accept what was proposed to your organisation */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contract"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "contracts.end": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description End a contract now, from either side */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contract"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "contracts.prices": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every version of its price, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            version: number;
                            price: {
                                prompt_micros_per_1k: number;
                                completion_micros_per_1k: number;
                                cached_micros_per_1k: number;
                            };
                            /** Format: date-time */
                            starts_at: string;
                            created_by: string;
                            /** Format: date-time */
                            created_at: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "contracts.set_price": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    price: {
                        prompt_micros_per_1k: number;
                        completion_micros_per_1k: number;
                        cached_micros_per_1k: number;
                    };
                    /** Format: date-time */
                    starts_at?: string;
                };
            };
        };
        responses: {
            /** @description A new version of its price, from now or later; the past stays as it is */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contract"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "costs.breakdown": {
        parameters: {
            query: {
                /** @description By what the rows are grouped. */
                by: "project" | "deployment" | "model" | "provider" | "kind";
                /** @description From this moment on, RFC 3339. */
                from: string;
                /** @description Before this moment, RFC 3339. */
                to: string;
                /** @description Seconds from one point to the next. */
                step_seconds?: number;
                /** @description Rows of this project. */
                project_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Cost per step of a window, by project, deployment, model, provider or kind of resource */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        currency: "EUR";
                        /** @enum {string} */
                        by: "project" | "deployment" | "model" | "provider" | "kind";
                        step_seconds: number;
                        steps: string[];
                        total_micros: number;
                        groups: {
                            value: string | null;
                            name: string | null;
                            micros: number;
                            step_micros: number[];
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "costs.charge_back": {
        parameters: {
            query?: {
                /** @description From this moment on, RFC 3339. */
                from?: string;
                /** @description Before this moment, RFC 3339. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What your organisation owes others and others owe it, over whole hours */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChargeBack"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "costs.idle": {
        parameters: {
            query: {
                /** @description From this moment on, RFC 3339. */
                from: string;
                /** @description Before this moment, RFC 3339. */
                to: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What machines cost while they served no request, by deployment */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        currency: "EUR";
                        micros: number;
                        idle_micros: number;
                        data: {
                            deployment_id: string | null;
                            name: string | null;
                            micros: number;
                            idle_micros: number;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "costs.intervals": {
        parameters: {
            query?: {
                /** @description Rows of this instance. */
                instance_id?: string;
                /** @description From this moment on, RFC 3339. */
                from?: string;
                /** @description Before this moment, RFC 3339. */
                to?: string;
                /** @description How many rows at most. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Spans in which servers, volumes and addresses cost, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["CostInterval"][];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "costs.projects": {
        parameters: {
            query?: {
                /** @description From this moment on, RFC 3339. */
                from?: string;
                /** @description Before this moment, RFC 3339. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was spent in a window, by project of the deployments; in this month until now unless told */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            project_id: string | null;
                            micros: number;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "costs.series": {
        parameters: {
            query: {
                /** @description From this moment on, RFC 3339. */
                from: string;
                /** @description Before this moment, RFC 3339. */
                to: string;
                /** @description Seconds from one point to the next. */
                step_seconds?: number;
                /** @description Rows of this project. */
                project_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Cost per step of a window, and the cumulative sum */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CostSeries"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "costs.summary": {
        parameters: {
            query?: {
                /** @description Rows of this project. */
                project_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What runs now costs, and what was spent so far */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CostSummary"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "deployments.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description The order of the rows; a hyphen before it turns it round. */
                sort?: "created_at" | "-created_at" | "name" | "-name";
                /** @description Rows in which this text occurs. */
                q?: string;
                /** @description Rows of this model. */
                model?: string;
                /** @description Rows of this project. */
                project_id?: string;
                /** @description Ended ones too. */
                include_terminated?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deployments with their instances, searched, sorted and counted; ended ones only when asked for */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Deployment"][];
                        has_more: boolean;
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "deployments.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateDeployment"];
            };
        };
        responses: {
            /** @description Put a model on machines: as many instances as replicas are ordered at once */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deployment"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "deployments.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One deployment with its instances */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deployment"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "deployments.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Terminate all its instances; it counts as terminated when the last one is gone */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deployment"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "deployments.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    project_id: string | null;
                };
            };
        };
        responses: {
            /** @description Put a deployment into another project, or none; its costs so far go along */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deployment"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "email_confirmation.confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    token: string;
                };
            };
        };
        responses: {
            /** @description Done; the answer has no body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "entitlements.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description Which of the two sides. */
                side?: "consumed" | "provided";
                /** @description Only those that have ended, or only the others. */
                ended?: "true" | "false";
                /** @description Rows of the offering with this id. */
                offering_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What your organisation may use of others, or others of it, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Entitlement"][];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "entitlements.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    offering: string;
                    plan_id?: string;
                };
            };
        };
        responses: {
            /** @description Take up an offering that is open: free, at its list price, as a trial, or by a plan */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entitlement"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "entitlements.end": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description End it from either side; a subscription that the consumer ends runs to the end of its paid month */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entitlement"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "events.stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What changes in the organisation, as far as you may see it, as it happens (server-sent events); resumable by Last-Event-ID */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "host_enrolments.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Enrolments of the last days, newest first; their tokens are never shown again */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            name: string | null;
                            price: {
                                nanos_per_hour: number;
                                currency: string;
                            } | null;
                            /** @enum {string} */
                            state: "open" | "used" | "expired" | "revoked";
                            host_id: string | null;
                            created_by: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            expires_at: string;
                            used_at: string | null;
                            revoked_at: string | null;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "host_enrolments.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default null */
                    name?: string | null;
                    /**
                     * @default {
                     *       "nanos_per_hour": 0,
                     *       "currency": "EUR"
                     *     }
                     */
                    price?: {
                        nanos_per_hour: number;
                        currency: string;
                    } | null;
                };
            };
        };
        responses: {
            /** @description A command that enrols one machine within an hour; it is shown once */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        name: string | null;
                        price: {
                            nanos_per_hour: number;
                            currency: string;
                        } | null;
                        /** @enum {string} */
                        state: "open" | "used" | "expired" | "revoked";
                        host_id: string | null;
                        created_by: string;
                        /** Format: date-time */
                        created_at: string;
                        /** Format: date-time */
                        expires_at: string;
                        used_at: string | null;
                        revoked_at: string | null;
                        command: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "host_enrolments.revoke": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Make its token worth nothing */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        name: string | null;
                        price: {
                            nanos_per_hour: number;
                            currency: string;
                        } | null;
                        /** @enum {string} */
                        state: "open" | "used" | "expired" | "revoked";
                        host_id: string | null;
                        created_by: string;
                        /** Format: date-time */
                        created_at: string;
                        /** Format: date-time */
                        expires_at: string;
                        used_at: string | null;
                        revoked_at: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "hosts.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Machines of this organisation, by name; their credentials are never shown */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            name: string;
                            /** @enum {string} */
                            reached_by: "ssh" | "agent";
                            address: string | null;
                            port: number | null;
                            username: string | null;
                            /** @enum {string} */
                            state: "unconfirmed" | "unprobed" | "failed" | "silent" | "free" | "claimed" | "out_of_service";
                            zone: string;
                            instance_type: string | null;
                            price: {
                                nanos_per_hour: number;
                                currency: string;
                            } | null;
                            credential_kind: ("private_key" | "password" | "generated") | null;
                            public_key: string | null;
                            host_key: string | null;
                            seen_host_key: string | null;
                            out_of_service: boolean;
                            probe: {
                                /** @enum {string} */
                                state: "none" | "pending" | "ok" | "failed";
                                at: string | null;
                                error: string | null;
                                message: string | null;
                            };
                            facts: {
                                arch: string;
                                os: string;
                                vcpus: number;
                                memory_bytes: number;
                                disk_free_bytes: number;
                                gpus: {
                                    kind: string;
                                    vram_bytes: number;
                                    driver: string;
                                    compute_capability: string | null;
                                }[];
                                container_runtime: string | null;
                                gpu_toolkit: string | null;
                                warnings: string[];
                            } | null;
                            agent: {
                                seen_at: string | null;
                                seen_from: string | null;
                                is_silent: boolean;
                                sha256: string | null;
                            } | null;
                            claim: {
                                instance_id: string;
                                /** Format: date-time */
                                claimed_at: string;
                                started_at: string | null;
                                release_asked_at: string | null;
                            } | null;
                            created_by: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            updated_at: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "hosts.register": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    address: string;
                    /** @default 22 */
                    port?: number;
                    /** @default root */
                    username?: string;
                    host_key?: string;
                    /** @default null */
                    price?: {
                        nanos_per_hour: number;
                        currency: string;
                    } | null;
                    credential: {
                        /** @constant */
                        kind: "private_key";
                        private_key: string;
                        passphrase?: string;
                    } | {
                        /** @constant */
                        kind: "password";
                        password: string;
                    } | {
                        /** @constant */
                        kind: "generated";
                    };
                };
            };
        };
        responses: {
            /** @description Register a machine; it is looked at, and waits for its host key to be confirmed unless pinned */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        name: string;
                        /** @enum {string} */
                        reached_by: "ssh" | "agent";
                        address: string | null;
                        port: number | null;
                        username: string | null;
                        /** @enum {string} */
                        state: "unconfirmed" | "unprobed" | "failed" | "silent" | "free" | "claimed" | "out_of_service";
                        zone: string;
                        instance_type: string | null;
                        price: {
                            nanos_per_hour: number;
                            currency: string;
                        } | null;
                        credential_kind: ("private_key" | "password" | "generated") | null;
                        public_key: string | null;
                        host_key: string | null;
                        seen_host_key: string | null;
                        out_of_service: boolean;
                        probe: {
                            /** @enum {string} */
                            state: "none" | "pending" | "ok" | "failed";
                            at: string | null;
                            error: string | null;
                            message: string | null;
                        };
                        facts: {
                            arch: string;
                            os: string;
                            vcpus: number;
                            memory_bytes: number;
                            disk_free_bytes: number;
                            gpus: {
                                kind: string;
                                vram_bytes: number;
                                driver: string;
                                compute_capability: string | null;
                            }[];
                            container_runtime: string | null;
                            gpu_toolkit: string | null;
                            warnings: string[];
                        } | null;
                        agent: {
                            seen_at: string | null;
                            seen_from: string | null;
                            is_silent: boolean;
                            sha256: string | null;
                        } | null;
                        claim: {
                            instance_id: string;
                            /** Format: date-time */
                            claimed_at: string;
                            started_at: string | null;
                            release_asked_at: string | null;
                        } | null;
                        created_by: string;
                        /** Format: date-time */
                        created_at: string;
                        /** Format: date-time */
                        updated_at: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "hosts.import": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    format: "csv" | "json_lines" | "ansible_ini" | "ansible_yaml";
                    content: string;
                    /** @default {} */
                    defaults?: {
                        port?: number;
                        username?: string;
                        price?: {
                            nanos_per_hour: number;
                            currency: string;
                        } | null;
                        credential?: {
                            /** @constant */
                            kind: "private_key";
                            private_key: string;
                            passphrase?: string;
                        } | {
                            /** @constant */
                            kind: "password";
                            password: string;
                        } | {
                            /** @constant */
                            kind: "generated";
                        };
                    };
                };
            };
        };
        responses: {
            /** @description Register all machines of a list or an Ansible inventory, or none when a line is wrong */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            name: string;
                            /** @enum {string} */
                            reached_by: "ssh" | "agent";
                            address: string | null;
                            port: number | null;
                            username: string | null;
                            /** @enum {string} */
                            state: "unconfirmed" | "unprobed" | "failed" | "silent" | "free" | "claimed" | "out_of_service";
                            zone: string;
                            instance_type: string | null;
                            price: {
                                nanos_per_hour: number;
                                currency: string;
                            } | null;
                            credential_kind: ("private_key" | "password" | "generated") | null;
                            public_key: string | null;
                            host_key: string | null;
                            seen_host_key: string | null;
                            out_of_service: boolean;
                            probe: {
                                /** @enum {string} */
                                state: "none" | "pending" | "ok" | "failed";
                                at: string | null;
                                error: string | null;
                                message: string | null;
                            };
                            facts: {
                                arch: string;
                                os: string;
                                vcpus: number;
                                memory_bytes: number;
                                disk_free_bytes: number;
                                gpus: {
                                    kind: string;
                                    vram_bytes: number;
                                    driver: string;
                                    compute_capability: string | null;
                                }[];
                                container_runtime: string | null;
                                gpu_toolkit: string | null;
                                warnings: string[];
                            } | null;
                            agent: {
                                seen_at: string | null;
                                seen_from: string | null;
                                is_silent: boolean;
                                sha256: string | null;
                            } | null;
                            claim: {
                                instance_id: string;
                                /** Format: date-time */
                                claimed_at: string;
                                started_at: string | null;
                                release_asked_at: string | null;
                            } | null;
                            created_by: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            updated_at: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "hosts.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One machine: what it is, whether it can be used, and who uses it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        name: string;
                        /** @enum {string} */
                        reached_by: "ssh" | "agent";
                        address: string | null;
                        port: number | null;
                        username: string | null;
                        /** @enum {string} */
                        state: "unconfirmed" | "unprobed" | "failed" | "silent" | "free" | "claimed" | "out_of_service";
                        zone: string;
                        instance_type: string | null;
                        price: {
                            nanos_per_hour: number;
                            currency: string;
                        } | null;
                        credential_kind: ("private_key" | "password" | "generated") | null;
                        public_key: string | null;
                        host_key: string | null;
                        seen_host_key: string | null;
                        out_of_service: boolean;
                        probe: {
                            /** @enum {string} */
                            state: "none" | "pending" | "ok" | "failed";
                            at: string | null;
                            error: string | null;
                            message: string | null;
                        };
                        facts: {
                            arch: string;
                            os: string;
                            vcpus: number;
                            memory_bytes: number;
                            disk_free_bytes: number;
                            gpus: {
                                kind: string;
                                vram_bytes: number;
                                driver: string;
                                compute_capability: string | null;
                            }[];
                            container_runtime: string | null;
                            gpu_toolkit: string | null;
                            warnings: string[];
                        } | null;
                        agent: {
                            seen_at: string | null;
                            seen_from: string | null;
                            is_silent: boolean;
                            sha256: string | null;
                        } | null;
                        claim: {
                            instance_id: string;
                            /** Format: date-time */
                            claimed_at: string;
                            started_at: string | null;
                            release_asked_at: string | null;
                        } | null;
                        created_by: string;
                        /** Format: date-time */
                        created_at: string;
                        /** Format: date-time */
                        updated_at: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "hosts.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer has no body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "hosts.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string;
                    username?: string;
                    price?: {
                        nanos_per_hour: number;
                        currency: string;
                    } | null;
                    out_of_service?: boolean;
                    credential?: {
                        /** @constant */
                        kind: "private_key";
                        private_key: string;
                        passphrase?: string;
                    } | {
                        /** @constant */
                        kind: "password";
                        password: string;
                    } | {
                        /** @constant */
                        kind: "generated";
                    };
                };
            };
        };
        responses: {
            /** @description Rename a machine, change its price, user or credential, or take it out of service */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        name: string;
                        /** @enum {string} */
                        reached_by: "ssh" | "agent";
                        address: string | null;
                        port: number | null;
                        username: string | null;
                        /** @enum {string} */
                        state: "unconfirmed" | "unprobed" | "failed" | "silent" | "free" | "claimed" | "out_of_service";
                        zone: string;
                        instance_type: string | null;
                        price: {
                            nanos_per_hour: number;
                            currency: string;
                        } | null;
                        credential_kind: ("private_key" | "password" | "generated") | null;
                        public_key: string | null;
                        host_key: string | null;
                        seen_host_key: string | null;
                        out_of_service: boolean;
                        probe: {
                            /** @enum {string} */
                            state: "none" | "pending" | "ok" | "failed";
                            at: string | null;
                            error: string | null;
                            message: string | null;
                        };
                        facts: {
                            arch: string;
                            os: string;
                            vcpus: number;
                            memory_bytes: number;
                            disk_free_bytes: number;
                            gpus: {
                                kind: string;
                                vram_bytes: number;
                                driver: string;
                                compute_capability: string | null;
                            }[];
                            container_runtime: string | null;
                            gpu_toolkit: string | null;
                            warnings: string[];
                        } | null;
                        agent: {
                            seen_at: string | null;
                            seen_from: string | null;
                            is_silent: boolean;
                            sha256: string | null;
                        } | null;
                        claim: {
                            instance_id: string;
                            /** Format: date-time */
                            claimed_at: string;
                            started_at: string | null;
                            release_asked_at: string | null;
                        } | null;
                        created_by: string;
                        /** Format: date-time */
                        created_at: string;
                        /** Format: date-time */
                        updated_at: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "hosts.confirm_host_key": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    host_key: string;
                };
            };
        };
        responses: {
            /** @description Say that this is the machine’s own key, as a person has compared it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        name: string;
                        /** @enum {string} */
                        reached_by: "ssh" | "agent";
                        address: string | null;
                        port: number | null;
                        username: string | null;
                        /** @enum {string} */
                        state: "unconfirmed" | "unprobed" | "failed" | "silent" | "free" | "claimed" | "out_of_service";
                        zone: string;
                        instance_type: string | null;
                        price: {
                            nanos_per_hour: number;
                            currency: string;
                        } | null;
                        credential_kind: ("private_key" | "password" | "generated") | null;
                        public_key: string | null;
                        host_key: string | null;
                        seen_host_key: string | null;
                        out_of_service: boolean;
                        probe: {
                            /** @enum {string} */
                            state: "none" | "pending" | "ok" | "failed";
                            at: string | null;
                            error: string | null;
                            message: string | null;
                        };
                        facts: {
                            arch: string;
                            os: string;
                            vcpus: number;
                            memory_bytes: number;
                            disk_free_bytes: number;
                            gpus: {
                                kind: string;
                                vram_bytes: number;
                                driver: string;
                                compute_capability: string | null;
                            }[];
                            container_runtime: string | null;
                            gpu_toolkit: string | null;
                            warnings: string[];
                        } | null;
                        agent: {
                            seen_at: string | null;
                            seen_from: string | null;
                            is_silent: boolean;
                            sha256: string | null;
                        } | null;
                        claim: {
                            instance_id: string;
                            /** Format: date-time */
                            claimed_at: string;
                            started_at: string | null;
                            release_asked_at: string | null;
                        } | null;
                        created_by: string;
                        /** Format: date-time */
                        created_at: string;
                        /** Format: date-time */
                        updated_at: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "hosts.probe": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ask for a look at the machine; the result appears on it */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        name: string;
                        /** @enum {string} */
                        reached_by: "ssh" | "agent";
                        address: string | null;
                        port: number | null;
                        username: string | null;
                        /** @enum {string} */
                        state: "unconfirmed" | "unprobed" | "failed" | "silent" | "free" | "claimed" | "out_of_service";
                        zone: string;
                        instance_type: string | null;
                        price: {
                            nanos_per_hour: number;
                            currency: string;
                        } | null;
                        credential_kind: ("private_key" | "password" | "generated") | null;
                        public_key: string | null;
                        host_key: string | null;
                        seen_host_key: string | null;
                        out_of_service: boolean;
                        probe: {
                            /** @enum {string} */
                            state: "none" | "pending" | "ok" | "failed";
                            at: string | null;
                            error: string | null;
                            message: string | null;
                        };
                        facts: {
                            arch: string;
                            os: string;
                            vcpus: number;
                            memory_bytes: number;
                            disk_free_bytes: number;
                            gpus: {
                                kind: string;
                                vram_bytes: number;
                                driver: string;
                                compute_capability: string | null;
                            }[];
                            container_runtime: string | null;
                            gpu_toolkit: string | null;
                            warnings: string[];
                        } | null;
                        agent: {
                            seen_at: string | null;
                            seen_from: string | null;
                            is_silent: boolean;
                            sha256: string | null;
                        } | null;
                        claim: {
                            instance_id: string;
                            /** Format: date-time */
                            claimed_at: string;
                            started_at: string | null;
                            release_asked_at: string | null;
                        } | null;
                        created_by: string;
                        /** Format: date-time */
                        created_at: string;
                        /** Format: date-time */
                        updated_at: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "hosts.release": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    confirm: string;
                };
            };
        };
        responses: {
            /** @description Declare that nothing of its terminated instance is left on a machine that cannot be asked any more */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        name: string;
                        /** @enum {string} */
                        reached_by: "ssh" | "agent";
                        address: string | null;
                        port: number | null;
                        username: string | null;
                        /** @enum {string} */
                        state: "unconfirmed" | "unprobed" | "failed" | "silent" | "free" | "claimed" | "out_of_service";
                        zone: string;
                        instance_type: string | null;
                        price: {
                            nanos_per_hour: number;
                            currency: string;
                        } | null;
                        credential_kind: ("private_key" | "password" | "generated") | null;
                        public_key: string | null;
                        host_key: string | null;
                        seen_host_key: string | null;
                        out_of_service: boolean;
                        probe: {
                            /** @enum {string} */
                            state: "none" | "pending" | "ok" | "failed";
                            at: string | null;
                            error: string | null;
                            message: string | null;
                        };
                        facts: {
                            arch: string;
                            os: string;
                            vcpus: number;
                            memory_bytes: number;
                            disk_free_bytes: number;
                            gpus: {
                                kind: string;
                                vram_bytes: number;
                                driver: string;
                                compute_capability: string | null;
                            }[];
                            container_runtime: string | null;
                            gpu_toolkit: string | null;
                            warnings: string[];
                        } | null;
                        agent: {
                            seen_at: string | null;
                            seen_from: string | null;
                            is_silent: boolean;
                            sha256: string | null;
                        } | null;
                        claim: {
                            instance_id: string;
                            /** Format: date-time */
                            claimed_at: string;
                            started_at: string | null;
                            release_asked_at: string | null;
                        } | null;
                        created_by: string;
                        /** Format: date-time */
                        created_at: string;
                        /** Format: date-time */
                        updated_at: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "instances.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description The order of the rows; a hyphen before it turns it round. */
                sort?: "created_at" | "-created_at" | "name" | "-name" | "state" | "-state" | "price" | "-price";
                /** @description Rows in which this text occurs. */
                q?: string;
                /** @description Rows in this state; of some lists several, separated by commas. */
                state?: "provisioning" | "booting" | "installing" | "starting" | "ready" | "draining" | "terminating" | "terminated" | "archived" | "provisioning_failed" | "startup_failed" | "worker_dead" | "unavailable" | "failed";
                /** @description Only those that have ended, or only the others. */
                ended?: "true" | "false";
                /** @description Rows of the deployment with this id. */
                deployment?: string;
                /** @description Of this provider alone. */
                provider?: string;
                /** @description Of this zone alone. */
                zone?: string;
                /** @description Rows of this type of machine. */
                instance_type?: string;
                /** @description Rows of this model. */
                model?: string;
                /** @description Rows of this project. */
                project_id?: string;
                /** @description From this moment on, RFC 3339. */
                from?: string;
                /** @description Before this moment, RFC 3339. */
                to?: string;
                /** @description Archived ones too. */
                include_archived?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Instances, searched, sorted and counted; archived ones only when asked for */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Instance"][];
                        has_more: boolean;
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "instances.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One instance with its steps, history and volumes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstanceDetail"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "instances.actions": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description The order of the rows; a hyphen before it turns it round. */
                sort?: "at" | "-at" | "duration_ms" | "-duration_ms";
                /** @description Rows in which this text occurs. */
                q?: string;
                /** @description Rows of this component. */
                component?: string;
                /** @description The code that the provider of the single sign-on gave. */
                code?: string;
                /** @description Rows with this HTTP status. */
                status?: "started" | "succeeded" | "failed";
                /** @description Rows with this error code. */
                error_code?: string;
                /** @description Rows of one cause: the correlation id that answers and logs carry. */
                correlation_id?: string;
                /** @description From this moment on, RFC 3339. */
                from?: string;
                /** @description Before this moment, RFC 3339. */
                to?: string;
            };
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was done to the instance, searched, sorted and counted */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Action"][];
                        has_more: boolean;
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "instances.archive": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Put a terminated instance out of sight; its history stays */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstanceDetail"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "instances.drain": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Take it out of service and keep its machine, which goes on costing; `resume` brings it back */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstanceDetail"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "instances.logs": {
        parameters: {
            query?: {
                /** @description Lines of this source. */
                source?: "agent" | "install" | "engine";
                /** @description From this moment on, RFC 3339. */
                since?: string;
                /** @description Before this moment, RFC 3339. */
                until?: string;
                /** @description How many of the last lines. */
                tail?: number;
                /** @description The cursor of the answer before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What agent, installation and engine of the instance logged, newest last; also after its end */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            line_no: number;
                            /** Format: date-time */
                            at: string;
                            /** Format: date-time */
                            received_at: string;
                            /** @enum {string} */
                            source: "agent" | "install" | "engine";
                            /** @enum {string} */
                            level: "debug" | "info" | "warn" | "error";
                            line: string;
                        }[];
                        older_cursor: string | null;
                        newer_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "instances.metrics": {
        parameters: {
            query?: {
                /** @description From this moment on, RFC 3339. */
                from?: string;
                /** @description Before this moment, RFC 3339. */
                to?: string;
                /** @description Seconds from one point to the next. */
                step?: number;
            };
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Figures of the machine, its GPUs and what it served in steps of a window, the last quarter of an hour by default */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["InstanceSample"][];
                        step_seconds: number;
                        /** @enum {string} */
                        resolution: "finest" | "5m" | "1h";
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "instances.reinstall": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Install its worker anew: by an order to the agent, else by new user data and a reboot, else on another machine */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstanceDetail"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "instances.resume": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Bring a drained instance back into service, through the health check */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstanceDetail"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "instances.retry": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Order it again after its order failed, from its first offer on */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstanceDetail"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "instances.terminate": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Drain it, delete all it has at the provider, and stop its costs; asked twice it is asked once */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstanceDetail"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "instances.terms": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description When and how much others may use of the machine, and whether it is open now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        time_zone: string;
                        windows: {
                            days: number[];
                            from: string;
                            to: string;
                        }[];
                        requests_per_day: number | null;
                        tokens_per_day: number | null;
                        updated_at: string | null;
                        is_open: boolean;
                        closed_because: ("outside_hours" | "requests_used_up" | "tokens_used_up") | null;
                        /** Format: date-time */
                        day_began_at: string;
                        requests_today: number;
                        tokens_today: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "instances.set_terms": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    time_zone: string;
                    windows: {
                        days: number[];
                        from: string;
                        to: string;
                    }[];
                    requests_per_day: number | null;
                    tokens_per_day: number | null;
                };
            };
        };
        responses: {
            /** @description Set hours and daily quotas of the machine; outside of them it finishes what it has and gets no more */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        time_zone: string;
                        windows: {
                            days: number[];
                            from: string;
                            to: string;
                        }[];
                        requests_per_day: number | null;
                        tokens_per_day: number | null;
                        updated_at: string | null;
                        is_open: boolean;
                        closed_because: ("outside_hours" | "requests_used_up" | "tokens_used_up") | null;
                        /** Format: date-time */
                        day_began_at: string;
                        requests_today: number;
                        tokens_today: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "instances.unarchive": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Bring an archived instance back into view */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstanceDetail"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "volumes.keep": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
                /** @description The id of a volume of this instance. */
                volume_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    keep: boolean;
                };
            };
        };
        responses: {
            /** @description Done; the answer has no body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "invitations.accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    token: string;
                };
            };
        };
        responses: {
            /** @description Join the organisation with the account that you are signed in with */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        organisation_id: string;
                        /** @enum {string} */
                        role: "owner" | "admin" | "manager" | "user";
                        username: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "invitations.join": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    token: string;
                    username: string;
                    password: string;
                };
            };
        };
        responses: {
            /** @description Make an account of the invited address and join the organisation; then sign in */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        organisation_id: string;
                        /** @enum {string} */
                        role: "owner" | "admin" | "manager" | "user";
                        username: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "invitations.open": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    token: string;
                };
            };
        };
        responses: {
            /** @description What the link of an invitation leads to */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        organisation: {
                            name: string;
                            slug: string;
                            colour: string | null;
                        };
                        email: string;
                        /** @enum {string} */
                        role: "owner" | "admin" | "manager" | "user";
                        invited_by: string;
                        /** Format: date-time */
                        expires_at: string;
                        has_account: boolean;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "jobs.count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How much work of each kind is due, running, waiting and dead */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            kind: string;
                            due: number;
                            running: number;
                            waiting: number;
                            dead: number;
                            oldest_due_seconds: number | null;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "jobs.dead": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Work that failed for good, the newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            kind: string;
                            subject_id: string;
                            org_id: string | null;
                            attempts: number;
                            last_error: string | null;
                            correlation_id: string;
                            /** Format: date-time */
                            dead_at: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "jobs.retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    kind: string;
                    subject_id: string;
                };
            };
        };
        responses: {
            /** @description Take up work again that failed for good */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        kind: string;
                        subject_id: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "login.methods": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How people may sign in here */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        password: true;
                        oidc: {
                            start_url: string;
                        } | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "login.oidc_callback": {
        parameters: {
            query?: {
                /** @description The code that the provider of the single sign-on gave. */
                code?: string;
                /** @description Rows in this state; of some lists several, separated by commas. */
                state?: string;
                /** @description The issuer, as the provider of the single sign-on names itself. */
                iss?: string;
                /** @description Why the provider of the single sign-on refused. */
                error?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Goes on at another address */
            303: {
                headers: {
                    /** @description Where the browser goes on. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "login.oidc_start": {
        parameters: {
            query?: {
                /** @description The page to which the browser goes after the sign-in. */
                return_to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Goes on at another address */
            303: {
                headers: {
                    /** @description Where the browser goes on. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "models.inspect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    config: {
                        [key: string]: unknown;
                    };
                    context_length?: number;
                };
            };
        };
        responses: {
            /** @description What a config.json says: parameters, bytes, context; nothing is kept */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        parameters: number;
                        weights_bytes: number;
                        kv_bytes_per_token: number;
                        context_length: number;
                        vram_bytes_needed: number;
                        disk_bytes_needed: number;
                        shape: {
                            family: string | null;
                            layers: number;
                            attention_heads: number;
                            kv_heads: number;
                            head_dim: number;
                            latent_dim: number | null;
                            attention: {
                                layers: number;
                                window: number | null;
                            }[];
                            dtype: ("float32" | "bfloat16" | "float16" | "float8") | null;
                            quantisation: ("fp8" | "int8" | "awq" | "gptq" | "int4" | "bitsandbytes_4bit" | "bitsandbytes_8bit" | "mxfp4" | "nvfp4") | null;
                            experts: number | null;
                        };
                        warnings: string[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "models.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description Those that are not offered any more too. */
                include_inactive?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Models that can be deployed, by name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Model"][];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "models.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    hf_id: string;
                    name?: string;
                    licence?: string | null;
                    config?: {
                        [key: string]: unknown;
                    };
                    parameters?: number;
                    weights_bytes?: number;
                    kv_bytes_per_token?: number;
                    context_length?: number;
                    engine_args?: string[];
                    gguf?: {
                        source: string;
                        sha256?: string | null;
                    };
                };
            };
        };
        responses: {
            /** @description A model of your own, from its config.json or from figures */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "models.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One model; its Hugging Face id, encoded, works too */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "models.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer has no body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "models.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string;
                    licence?: string | null;
                    config?: {
                        [key: string]: unknown;
                    };
                    parameters?: number;
                    weights_bytes?: number;
                    kv_bytes_per_token?: number;
                    context_length?: number;
                    engine_args?: string[];
                    gguf?: {
                        source: string;
                        sha256?: string | null;
                    };
                    is_active?: boolean;
                };
            };
        };
        responses: {
            /** @description Change a model of your own, or switch it off; what its deployments need is not taken from them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "models.config": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The config.json that the model was made from; null without one */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        config: {
                            [key: string]: unknown;
                        } | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "models.fit": {
        parameters: {
            query?: {
                /** @description Of this provider alone. */
                provider?: string;
                /** @description Of this zone alone. */
                zone?: string;
                /** @description How many tokens a request and its answer may have together. */
                context_length?: number;
                /** @description How many requests of the full context run at the same time. */
                sequences?: number;
            };
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every kind of machine for a model: fits, tight or no, and why; the best and cheapest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        model_id: string;
                        hf_id: string;
                        disk_bytes_needed: number;
                        data: {
                            instance_type_id: string;
                            provider: string;
                            instance_type: string;
                            gpu_count: number;
                            gpu_kind: string;
                            vram_bytes_per_gpu: number;
                            is_enabled: boolean;
                            price_micros_per_hour: number | null;
                            zones: {
                                zone: string;
                                /** @enum {string} */
                                availability: "available" | "scarce" | "shortage" | "unknown";
                                price_micros_per_hour: number | null;
                            }[];
                            fit: {
                                /** @enum {string} */
                                verdict: "fits" | "tight" | "no";
                                fits: boolean;
                                explanation: string;
                                reasons: {
                                    /** @enum {string} */
                                    code: "gpu_unsupported" | "gpu_unknown" | "dtype_converted" | "dtype_unsupported" | "quantisation_unsupported" | "quantisation_emulated" | "heads_indivisible" | "gpus_idle" | "weights_too_large" | "context_too_small" | "context_cut" | "sequences_too_many" | "attention_unknown" | "gpu_missing" | "gpu_unused";
                                    /** @enum {string} */
                                    weight: "no" | "tight" | "note";
                                    message: string;
                                }[];
                                tensor_parallel: number;
                                vram_bytes_per_gpu: number;
                                usable_bytes_per_gpu: number;
                                weights_bytes_per_gpu: number;
                                overhead_bytes_per_gpu: number;
                                activation_bytes_per_gpu: number;
                                kv_bytes_per_gpu: number;
                                kv_tokens: number | null;
                                sequences: number | null;
                                context_length: number;
                                model_context_length: number;
                                engine_args: string[];
                            };
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "offerings.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description The order of the rows; a hyphen before it turns it round. */
                sort?: "created_at" | "-created_at" | "name" | "-name";
                /** @description Own offerings, or those of others. */
                of?: "own" | "market";
                /** @description Rows in which this text occurs. */
                q?: string;
                /** @description Offerings with this kind of access. */
                access?: "free" | "subscription" | "request" | "per_token" | "trial";
                /** @description The id of a model: what fits it is said with each offer. */
                model_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Your own offerings, or those of others that you may see, searched, sorted and counted */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Offering"][];
                        has_more: boolean;
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "offerings.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    code: string;
                    model_id: string;
                    name: string;
                    /** @default  */
                    description?: string;
                    /**
                     * @default private
                     * @enum {string}
                     */
                    visibility?: "public" | "unlisted" | "private";
                    /** @enum {string} */
                    access: "free" | "subscription" | "request" | "per_token" | "trial";
                    trial_tokens?: number;
                    trial_days?: number | null;
                };
            };
        };
        responses: {
            /** @description Offer a model to other organisations; it is a draft until it is published */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Offering"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "offerings.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An offering by its id or its name, `<slug>/<code>` with the slash encoded */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Offering"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "offerings.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string;
                    description?: string;
                    /** @enum {string} */
                    visibility?: "public" | "unlisted" | "private";
                };
            };
        };
        responses: {
            /** @description Change what an offering says of itself and who finds it; what is left out stays */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Offering"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "offerings.prices": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every version of the list price, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            version: number;
                            price: {
                                prompt_micros_per_1k: number;
                                completion_micros_per_1k: number;
                                cached_micros_per_1k: number;
                            };
                            /** Format: date-time */
                            starts_at: string;
                            created_by: string;
                            /** Format: date-time */
                            created_at: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "offerings.set_price": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    price: {
                        prompt_micros_per_1k: number;
                        completion_micros_per_1k: number;
                        cached_micros_per_1k: number;
                    };
                    /** Format: date-time */
                    starts_at?: string;
                };
            };
        };
        responses: {
            /** @description A new version of the list price, from now or later; the past stays as it is */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Offering"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "offerings.publish": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Let those use it who may */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Offering"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "offerings.withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Serve it to nobody any more; what was agreed stays written */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Offering"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "organisation.get": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The organisation that you are signed in to, with its limits */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organisation"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "organisation.delete": {
        parameters: {
            query: {
                /** @description The slug of the organisation, typed again, as proof that it is meant. */
                confirm: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description End the organisation: its machines first, then every way in. Its bills stay */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        deletion: {
                            /** Format: date-time */
                            asked_at: string;
                            asked_by: string;
                            machines_left: number;
                            volumes_left: number;
                        } | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "organisation.change": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string;
                    colour?: string | null;
                    limits?: {
                        requests_per_minute?: number | null;
                        tokens_per_minute?: number | null;
                        concurrent_requests?: number | null;
                    };
                };
            };
        };
        responses: {
            /** @description Name it, give it a colour, limit what all its keys and people use together; null takes a limit away */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organisation"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "organisation.deletion": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How far the deletion of the organisation is; null when it is not being deleted */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        deletion: {
                            /** Format: date-time */
                            asked_at: string;
                            asked_by: string;
                            machines_left: number;
                            volumes_left: number;
                        } | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "organisation.deletion.cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Keep the organisation after all; machines that were told to end still end */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        deletion: {
                            /** Format: date-time */
                            asked_at: string;
                            asked_by: string;
                            machines_left: number;
                            volumes_left: number;
                        } | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "invitations.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description The order of the rows; a hyphen before it turns it round. */
                sort?: "created_at" | "-created_at" | "email" | "-email";
                /** @description Rows in which this text occurs. */
                q?: string;
                /** @description Rows in this state; of some lists several, separated by commas. */
                state?: "open" | "expired" | "accepted" | "revoked";
                /** @description Rows of people in this role. */
                role?: "owner" | "admin" | "manager" | "user";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Invitations, searched, sorted and counted, ended ones included */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            email: string;
                            /** @enum {string} */
                            role: "owner" | "admin" | "manager" | "user";
                            /** @enum {string} */
                            state: "open" | "expired" | "accepted" | "revoked";
                            invited_by: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            sent_at: string;
                            /** Format: date-time */
                            expires_at: string;
                            ended_at: string | null;
                        }[];
                        has_more: boolean;
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "invitations.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: email */
                    email: string;
                    /**
                     * @default user
                     * @enum {string}
                     */
                    role?: "owner" | "admin" | "manager" | "user";
                    /**
                     * @default en
                     * @enum {string}
                     */
                    language?: "en" | "fr";
                };
            };
        };
        responses: {
            /** @description Invite somebody by a link in a mail, with a role that your own role may give */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        email: string;
                        /** @enum {string} */
                        role: "owner" | "admin" | "manager" | "user";
                        /** @enum {string} */
                        state: "open" | "expired" | "accepted" | "revoked";
                        invited_by: string;
                        /** Format: date-time */
                        created_at: string;
                        /** Format: date-time */
                        sent_at: string;
                        /** Format: date-time */
                        expires_at: string;
                        ended_at: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "invitations.revoke": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Make its link worth nothing */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        email: string;
                        /** @enum {string} */
                        role: "owner" | "admin" | "manager" | "user";
                        /** @enum {string} */
                        state: "open" | "expired" | "accepted" | "revoked";
                        invited_by: string;
                        /** Format: date-time */
                        created_at: string;
                        /** Format: date-time */
                        sent_at: string;
                        /** Format: date-time */
                        expires_at: string;
                        ended_at: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "invitations.resend": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Mail a new link; the one before it opens nothing any more */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        email: string;
                        /** @enum {string} */
                        role: "owner" | "admin" | "manager" | "user";
                        /** @enum {string} */
                        state: "open" | "expired" | "accepted" | "revoked";
                        invited_by: string;
                        /** Format: date-time */
                        created_at: string;
                        /** Format: date-time */
                        sent_at: string;
                        /** Format: date-time */
                        expires_at: string;
                        ended_at: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "members.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description The order of the rows; a hyphen before it turns it round. */
                sort?: "username" | "-username" | "joined_at" | "-joined_at" | "role" | "-role";
                /** @description Rows in which this text occurs. */
                q?: string;
                /** @description Rows of people in this role. */
                role?: "owner" | "admin" | "manager" | "user";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Members, searched, sorted and counted, and what you may do with each */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            user_id: string;
                            username: string;
                            email: string | null;
                            /** @enum {string} */
                            role: "owner" | "admin" | "manager" | "user";
                            /** Format: date-time */
                            joined_at: string;
                            may_become: ("owner" | "admin" | "manager" | "user")[];
                            may_remove: boolean;
                        }[];
                        has_more: boolean;
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "members.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a user. */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Remove a member, or leave; their own keys there are revoked at once */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        user_id: string;
                        revoked_api_keys: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "members.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a user. */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    role: "owner" | "admin" | "manager" | "user";
                };
            };
        };
        responses: {
            /** @description Give a member another role, within what your own role may give */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        user_id: string;
                        username: string;
                        email: string | null;
                        /** @enum {string} */
                        role: "owner" | "admin" | "manager" | "user";
                        /** Format: date-time */
                        joined_at: string;
                        may_become: ("owner" | "admin" | "manager" | "user")[];
                        may_remove: boolean;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "organisation_settings.list": {
        parameters: {
            query?: {
                /** @description Of this provider alone. */
                provider?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What this organisation may set, with the value in force for it, where it comes from, and what it replaces */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            name: string;
                            about: string;
                            /** @enum {string} */
                            kind: "integer" | "choice" | "text";
                            /** @enum {string} */
                            scope: "global" | "provider" | "organisation";
                            unit: ("ms" | "hours" | "bytes" | "percent") | null;
                            min: number | null;
                            max: number | null;
                            choices: string[] | null;
                            default: number | string;
                            value: number | string;
                            /** @enum {string} */
                            origin: "organisation" | "provider" | "global" | "environment" | "default";
                            changed_by: string | null;
                            changed_at: string | null;
                            overrides: {
                                provider: string;
                                value: number | string;
                                changed_by: string;
                                /** Format: date-time */
                                changed_at: string;
                            }[];
                            inherited: {
                                value: number | string;
                                /** @enum {string} */
                                origin: "organisation" | "provider" | "global" | "environment" | "default";
                            };
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "organisation_settings.set": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name, as it is written. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    value: number | string;
                    provider?: string;
                };
            };
        };
        responses: {
            /** @description Give a setting a value of this organisation, at every provider or at one; in force within two seconds */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        about: string;
                        /** @enum {string} */
                        kind: "integer" | "choice" | "text";
                        /** @enum {string} */
                        scope: "global" | "provider" | "organisation";
                        unit: ("ms" | "hours" | "bytes" | "percent") | null;
                        min: number | null;
                        max: number | null;
                        choices: string[] | null;
                        default: number | string;
                        value: number | string;
                        /** @enum {string} */
                        origin: "organisation" | "provider" | "global" | "environment" | "default";
                        changed_by: string | null;
                        changed_at: string | null;
                        overrides: {
                            provider: string;
                            value: number | string;
                            changed_by: string;
                            /** Format: date-time */
                            changed_at: string;
                        }[];
                        inherited: {
                            value: number | string;
                            /** @enum {string} */
                            origin: "organisation" | "provider" | "global" | "environment" | "default";
                        };
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "organisation_settings.unset": {
        parameters: {
            query?: {
                /** @description Of this provider alone. */
                provider?: string;
            };
            header?: never;
            path: {
                /** @description The name, as it is written. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Take the value of this organisation away again: what it replaced counts */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        about: string;
                        /** @enum {string} */
                        kind: "integer" | "choice" | "text";
                        /** @enum {string} */
                        scope: "global" | "provider" | "organisation";
                        unit: ("ms" | "hours" | "bytes" | "percent") | null;
                        min: number | null;
                        max: number | null;
                        choices: string[] | null;
                        default: number | string;
                        value: number | string;
                        /** @enum {string} */
                        origin: "organisation" | "provider" | "global" | "environment" | "default";
                        changed_by: string | null;
                        changed_at: string | null;
                        overrides: {
                            provider: string;
                            value: number | string;
                            changed_by: string;
                            /** Format: date-time */
                            changed_at: string;
                        }[];
                        inherited: {
                            value: number | string;
                            /** @enum {string} */
                            origin: "organisation" | "provider" | "global" | "environment" | "default";
                        };
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "organisation_settings.changes": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The name, as it is written. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who in this organisation changed a setting of its own, when, from what to what; newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: number;
                            name: string;
                            provider: string | null;
                            old_value: (number | string) | null;
                            new_value: (number | string) | null;
                            changed_by: string;
                            /** Format: date-time */
                            changed_at: string;
                            correlation_id: string;
                        }[];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "organisations.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Organisations that you are a member of, with your role in each */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            slug: string;
                            name: string;
                            colour: string | null;
                            /** @enum {string} */
                            role: "owner" | "admin" | "manager" | "user";
                            is_deleting: boolean;
                            /** Format: date-time */
                            created_at: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "organisations.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    slug: string;
                    /** @default null */
                    colour?: string | null;
                    owner_id?: string;
                };
            };
        };
        responses: {
            /** @description Make an organisation; its first owner is you, or whom a platform administrator names */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        slug: string;
                        name: string;
                        colour: string | null;
                        /** @enum {string} */
                        role: "owner" | "admin" | "manager" | "user";
                        is_deleting: boolean;
                        /** Format: date-time */
                        created_at: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "password_reset.request": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    login: string;
                };
            };
        };
        responses: {
            /** @description Done; the answer has no body */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "password_reset.confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    token: string;
                    password: string;
                };
            };
        };
        responses: {
            /** @description Done; the answer has no body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "plans.list": {
        parameters: {
            query: {
                /** @description The id of an offering, or `organisation/code`. */
                offering: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Plans of an offering */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Plan"][];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "plans.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    offering_id: string;
                    name: string;
                    fee_micros: number;
                    included_tokens: number;
                };
            };
        };
        responses: {
            /** @description A plan of an offering: what a month costs and how many tokens it has */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "plans.retire": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Take no more subscribers; those who are go on */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "platform_audit.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description The order of the rows; a hyphen before it turns it round. */
                sort?: "at" | "-at";
                /** @description Rows of this actor. */
                actor?: string;
                /** @description Rows with this action. */
                action?: string;
                /** @description Rows about the thing with this id. */
                subject?: string;
                /** @description What was done, or what was refused. */
                outcome?: "done" | "denied";
                /** @description Rows of one cause: the correlation id that answers and logs carry. */
                correlation_id?: string;
                /** @description Rows in which this text occurs. */
                q?: string;
                /** @description From this moment on, RFC 3339. */
                from?: string & (unknown & unknown);
                /** @description Before this moment, RFC 3339. */
                to?: string & (unknown & unknown);
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who changed what in the installation itself, which belongs to no organisation, searched, sorted and counted */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["AuditEntry"][];
                        has_more: boolean;
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "platform_audit.export_csv": {
        parameters: {
            query?: {
                /** @description Rows of this actor. */
                actor?: string;
                /** @description Rows with this action. */
                action?: string;
                /** @description Rows about the thing with this id. */
                subject?: string;
                /** @description What was done, or what was refused. */
                outcome?: "done" | "denied";
                /** @description Rows of one cause: the correlation id that answers and logs carry. */
                correlation_id?: string;
                /** @description Rows in which this text occurs. */
                q?: string;
                /** @description From this moment on, RFC 3339. */
                from?: string & (unknown & unknown);
                /** @description Before this moment, RFC 3339. */
                to?: string & (unknown & unknown);
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The audit log of the installation itself, which belongs to no organisation as CSV, newest first, as one stream */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "platform_audit.export_jsonl": {
        parameters: {
            query?: {
                /** @description Rows of this actor. */
                actor?: string;
                /** @description Rows with this action. */
                action?: string;
                /** @description Rows about the thing with this id. */
                subject?: string;
                /** @description What was done, or what was refused. */
                outcome?: "done" | "denied";
                /** @description Rows of one cause: the correlation id that answers and logs carry. */
                correlation_id?: string;
                /** @description Rows in which this text occurs. */
                q?: string;
                /** @description From this moment on, RFC 3339. */
                from?: string & (unknown & unknown);
                /** @description Before this moment, RFC 3339. */
                to?: string & (unknown & unknown);
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The audit log of the installation itself, which belongs to no organisation as JSON lines, newest first, as one stream */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/jsonl": string;
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "platform.organisations.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description Rows in whose names this text occurs. */
                search?: string;
                /** @description Rows in this state; of some lists several, separated by commas. */
                state?: "active" | "deleting" | "deleted";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All organisations, newest first, found by name and state */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            slug: string;
                            name: string;
                            members: number;
                            /** @enum {string} */
                            state: "active" | "deleting" | "deleted";
                            /** Format: date-time */
                            created_at: string;
                            deletion_asked_at: string | null;
                            deleted_at: string | null;
                        }[];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "platform.organisations.delete": {
        parameters: {
            query: {
                /** @description The slug of the organisation, typed again, as proof that it is meant. */
                confirm: string;
            };
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description End an organisation, as its owner would */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        deletion: {
                            /** Format: date-time */
                            asked_at: string;
                            asked_by: string;
                            machines_left: number;
                            volumes_left: number;
                        } | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "projects.list": {
        parameters: {
            query?: {
                /** @description Archived ones too. */
                include_archived?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Projects of the organisation by short name; archived ones only when asked for */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            slug: string;
                            name: string;
                            /** Format: date-time */
                            created_at: string;
                            archived_at: string | null;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "projects.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    slug: string;
                };
            };
        };
        responses: {
            /** @description Make a project, to group deployments, keys, usage and cost */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        slug: string;
                        name: string;
                        /** Format: date-time */
                        created_at: string;
                        archived_at: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "projects.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One project */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        slug: string;
                        name: string;
                        /** Format: date-time */
                        created_at: string;
                        archived_at: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "projects.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string;
                    archived?: boolean;
                };
            };
        };
        responses: {
            /** @description Name a project, archive or restore it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        slug: string;
                        name: string;
                        /** Format: date-time */
                        created_at: string;
                        archived_at: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "provider_accounts.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accounts of this organisation on providers; their credentials are never shown */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            provider: string;
                            name: string;
                            version: number;
                            created_by: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            updated_at: string;
                            check: {
                                /** @enum {string} */
                                state: "none" | "pending" | "ok" | "failed";
                                checked_at: string | null;
                                error: string | null;
                                message: string | null;
                                inspection: {
                                    account: string;
                                    principal: string | null;
                                    expires_at: string | null;
                                    rights: {
                                        right: string;
                                        /** @enum {string} */
                                        state: "granted" | "missing" | "unknown";
                                        is_needed: boolean;
                                        name: string;
                                    }[];
                                    quotas: {
                                        resource: string;
                                        zone: string | null;
                                        limit: number;
                                        used: number | null;
                                    }[];
                                    zones: {
                                        zone: string;
                                        is_reachable: boolean;
                                        error: string | null;
                                    }[];
                                } | null;
                            };
                            rotation: {
                                /** @enum {string} */
                                state: "none" | "testing" | "refused" | "done";
                                at: string | null;
                                error: string | null;
                                message: string | null;
                                former_until: string | null;
                            };
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "provider_accounts.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    provider: string;
                    name: string;
                    credential: {
                        [key: string]: string | number | boolean;
                    };
                };
            };
        };
        responses: {
            /** @description Add an account on a provider; its credential is sealed and never shown again */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        provider: string;
                        name: string;
                        version: number;
                        created_by: string;
                        /** Format: date-time */
                        created_at: string;
                        /** Format: date-time */
                        updated_at: string;
                        check: {
                            /** @enum {string} */
                            state: "none" | "pending" | "ok" | "failed";
                            checked_at: string | null;
                            error: string | null;
                            message: string | null;
                            inspection: {
                                account: string;
                                principal: string | null;
                                expires_at: string | null;
                                rights: {
                                    right: string;
                                    /** @enum {string} */
                                    state: "granted" | "missing" | "unknown";
                                    is_needed: boolean;
                                    name: string;
                                }[];
                                quotas: {
                                    resource: string;
                                    zone: string | null;
                                    limit: number;
                                    used: number | null;
                                }[];
                                zones: {
                                    zone: string;
                                    is_reachable: boolean;
                                    error: string | null;
                                }[];
                            } | null;
                        };
                        rotation: {
                            /** @enum {string} */
                            state: "none" | "testing" | "refused" | "done";
                            at: string | null;
                            error: string | null;
                            message: string | null;
                            former_until: string | null;
                        };
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "provider_accounts.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One account, with what its last check showed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        provider: string;
                        name: string;
                        version: number;
                        created_by: string;
                        /** Format: date-time */
                        created_at: string;
                        /** Format: date-time */
                        updated_at: string;
                        check: {
                            /** @enum {string} */
                            state: "none" | "pending" | "ok" | "failed";
                            checked_at: string | null;
                            error: string | null;
                            message: string | null;
                            inspection: {
                                account: string;
                                principal: string | null;
                                expires_at: string | null;
                                rights: {
                                    right: string;
                                    /** @enum {string} */
                                    state: "granted" | "missing" | "unknown";
                                    is_needed: boolean;
                                    name: string;
                                }[];
                                quotas: {
                                    resource: string;
                                    zone: string | null;
                                    limit: number;
                                    used: number | null;
                                }[];
                                zones: {
                                    zone: string;
                                    is_reachable: boolean;
                                    error: string | null;
                                }[];
                            } | null;
                        };
                        rotation: {
                            /** @enum {string} */
                            state: "none" | "testing" | "refused" | "done";
                            at: string | null;
                            error: string | null;
                            message: string | null;
                            former_until: string | null;
                        };
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "provider_accounts.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer has no body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "provider_accounts.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string;
                    credential?: {
                        [key: string]: string | number | boolean;
                    };
                };
            };
        };
        responses: {
            /** @description Rename an account, or replace its credential untried; machines on it use the new one from then on */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        provider: string;
                        name: string;
                        version: number;
                        created_by: string;
                        /** Format: date-time */
                        created_at: string;
                        /** Format: date-time */
                        updated_at: string;
                        check: {
                            /** @enum {string} */
                            state: "none" | "pending" | "ok" | "failed";
                            checked_at: string | null;
                            error: string | null;
                            message: string | null;
                            inspection: {
                                account: string;
                                principal: string | null;
                                expires_at: string | null;
                                rights: {
                                    right: string;
                                    /** @enum {string} */
                                    state: "granted" | "missing" | "unknown";
                                    is_needed: boolean;
                                    name: string;
                                }[];
                                quotas: {
                                    resource: string;
                                    zone: string | null;
                                    limit: number;
                                    used: number | null;
                                }[];
                                zones: {
                                    zone: string;
                                    is_reachable: boolean;
                                    error: string | null;
                                }[];
                            } | null;
                        };
                        rotation: {
                            /** @enum {string} */
                            state: "none" | "testing" | "refused" | "done";
                            at: string | null;
                            error: string | null;
                            message: string | null;
                            former_until: string | null;
                        };
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "provider_accounts.rotate": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    credential: {
                        [key: string]: string | number | boolean;
                    };
                };
            };
        };
        responses: {
            /** @description Give a new credential, which replaces the present one when it has proved itself at the provider */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        provider: string;
                        name: string;
                        version: number;
                        created_by: string;
                        /** Format: date-time */
                        created_at: string;
                        /** Format: date-time */
                        updated_at: string;
                        check: {
                            /** @enum {string} */
                            state: "none" | "pending" | "ok" | "failed";
                            checked_at: string | null;
                            error: string | null;
                            message: string | null;
                            inspection: {
                                account: string;
                                principal: string | null;
                                expires_at: string | null;
                                rights: {
                                    right: string;
                                    /** @enum {string} */
                                    state: "granted" | "missing" | "unknown";
                                    is_needed: boolean;
                                    name: string;
                                }[];
                                quotas: {
                                    resource: string;
                                    zone: string | null;
                                    limit: number;
                                    used: number | null;
                                }[];
                                zones: {
                                    zone: string;
                                    is_reachable: boolean;
                                    error: string | null;
                                }[];
                            } | null;
                        };
                        rotation: {
                            /** @enum {string} */
                            state: "none" | "testing" | "refused" | "done";
                            at: string | null;
                            error: string | null;
                            message: string | null;
                            former_until: string | null;
                        };
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "provider_accounts.cancel_rotation": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Forget the new credential while it is tried; the present one stays */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        provider: string;
                        name: string;
                        version: number;
                        created_by: string;
                        /** Format: date-time */
                        created_at: string;
                        /** Format: date-time */
                        updated_at: string;
                        check: {
                            /** @enum {string} */
                            state: "none" | "pending" | "ok" | "failed";
                            checked_at: string | null;
                            error: string | null;
                            message: string | null;
                            inspection: {
                                account: string;
                                principal: string | null;
                                expires_at: string | null;
                                rights: {
                                    right: string;
                                    /** @enum {string} */
                                    state: "granted" | "missing" | "unknown";
                                    is_needed: boolean;
                                    name: string;
                                }[];
                                quotas: {
                                    resource: string;
                                    zone: string | null;
                                    limit: number;
                                    used: number | null;
                                }[];
                                zones: {
                                    zone: string;
                                    is_reachable: boolean;
                                    error: string | null;
                                }[];
                            } | null;
                        };
                        rotation: {
                            /** @enum {string} */
                            state: "none" | "testing" | "refused" | "done";
                            at: string | null;
                            error: string | null;
                            message: string | null;
                            former_until: string | null;
                        };
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "provider_accounts.test": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ask for a check of the credential at the provider; the result appears on the account */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        provider: string;
                        name: string;
                        version: number;
                        created_by: string;
                        /** Format: date-time */
                        created_at: string;
                        /** Format: date-time */
                        updated_at: string;
                        check: {
                            /** @enum {string} */
                            state: "none" | "pending" | "ok" | "failed";
                            checked_at: string | null;
                            error: string | null;
                            message: string | null;
                            inspection: {
                                account: string;
                                principal: string | null;
                                expires_at: string | null;
                                rights: {
                                    right: string;
                                    /** @enum {string} */
                                    state: "granted" | "missing" | "unknown";
                                    is_needed: boolean;
                                    name: string;
                                }[];
                                quotas: {
                                    resource: string;
                                    zone: string | null;
                                    limit: number;
                                    used: number | null;
                                }[];
                                zones: {
                                    zone: string;
                                    is_reachable: boolean;
                                    error: string | null;
                                }[];
                            } | null;
                        };
                        rotation: {
                            /** @enum {string} */
                            state: "none" | "testing" | "refused" | "done";
                            at: string | null;
                            error: string | null;
                            message: string | null;
                            former_until: string | null;
                        };
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "provider_accounts.kinds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Providers on which an account may be added, and what each asks for */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            provider: string;
                            forms: {
                                fields: {
                                    name: string;
                                    /** @enum {string} */
                                    kind: "text" | "secret" | "number" | "boolean" | "choice";
                                    is_required: boolean;
                                    choices: string[] | null;
                                    about: string | null;
                                }[];
                            }[];
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "system.reach": {
        parameters: {
            query: {
                /** @description A random text, to which only this control plane knows the answer. */
                challenge: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Proves that this installation is what answers at an address, to itself */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        answer: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "reconcile.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    provider?: string;
                    instance?: string;
                };
            };
        };
        responses: {
            /** @description RECONCILE: compare everything at the providers with everything known, now, with a report */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        provider: string | null;
                        instance_id: string | null;
                        /** @enum {string} */
                        state: "queued" | "running" | "done" | "failed";
                        requested_by: string;
                        /** Format: date-time */
                        requested_at: string;
                        started_at: string | null;
                        ended_at: string | null;
                        woken: number;
                        report: {
                            providers: {
                                provider: string;
                                account: string;
                                round: string | null;
                                /** @enum {string} */
                                state: "complete" | "void" | "not_swept";
                                listed: number;
                                wanted: number;
                                missing: number;
                                orphans: number;
                                deleted: number;
                                gone: number;
                                adopted: number;
                                reported: number;
                                held: ("breaker" | "restored") | null;
                                duration_ms: number | null;
                                errors: string[];
                            }[];
                        } | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "reconcile.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description State and report of a RECONCILE */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        provider: string | null;
                        instance_id: string | null;
                        /** @enum {string} */
                        state: "queued" | "running" | "done" | "failed";
                        requested_by: string;
                        /** Format: date-time */
                        requested_at: string;
                        started_at: string | null;
                        ended_at: string | null;
                        woken: number;
                        report: {
                            providers: {
                                provider: string;
                                account: string;
                                round: string | null;
                                /** @enum {string} */
                                state: "complete" | "void" | "not_swept";
                                listed: number;
                                wanted: number;
                                missing: number;
                                orphans: number;
                                deleted: number;
                                gone: number;
                                adopted: number;
                                reported: number;
                                held: ("breaker" | "restored") | null;
                                duration_ms: number | null;
                                errors: string[];
                            }[];
                        } | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "requests.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description The order of the rows; a hyphen before it turns it round. */
                sort?: "started_at" | "-started_at" | "duration_ms" | "-duration_ms" | "tokens" | "-tokens";
                /** @description Rows in which this text occurs. */
                q?: string;
                /** @description The id of the thing. */
                id?: string;
                /** @description Rows with this HTTP status. */
                status?: number;
                /** @description Only those that failed, or only those that did not. */
                failed?: "true" | "false";
                /** @description Rows with this error code. */
                error_code?: string;
                /** @description Rows of this API key. */
                api_key_id?: string;
                /** @description The id of a user. */
                user_id?: string;
                /** @description Rows of this model. */
                model?: string;
                /** @description Rows of this instance. */
                instance_id?: string;
                /** @description Rows of this endpoint of the gateway. */
                endpoint?: string;
                /** @description From this moment on, RFC 3339. */
                from?: string;
                /** @description Before this moment, RFC 3339. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Requests at the gateway, refused ones included, searched, sorted and counted */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            request_id: string;
                            api_key_id: string | null;
                            user_id: string | null;
                            correlation_id: string | null;
                            endpoint: string;
                            model: string | null;
                            model_id: string | null;
                            instance_id: string | null;
                            status: number;
                            error_code: string | null;
                            outcome: ("completed" | "client_closed" | "upstream_failed" | "rejected" | "lost") | null;
                            streamed: boolean;
                            prompt_tokens: number;
                            completion_tokens: number;
                            cached_tokens: number;
                            duration_ms: number;
                            queue_ms: number | null;
                            ttft_ms: number | null;
                            /** Format: date-time */
                            started_at: string;
                        }[];
                        has_more: boolean;
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "requests.own": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description The order of the rows; a hyphen before it turns it round. */
                sort?: "started_at" | "-started_at" | "duration_ms" | "-duration_ms" | "tokens" | "-tokens";
                /** @description Rows in which this text occurs. */
                q?: string;
                /** @description The id of the thing. */
                id?: string;
                /** @description Rows with this HTTP status. */
                status?: number;
                /** @description Only those that failed, or only those that did not. */
                failed?: "true" | "false";
                /** @description Rows with this error code. */
                error_code?: string;
                /** @description Rows of this API key. */
                api_key_id?: string;
                /** @description The id of a user. */
                user_id?: string;
                /** @description Rows of this model. */
                model?: string;
                /** @description Rows of this instance. */
                instance_id?: string;
                /** @description Rows of this endpoint of the gateway. */
                endpoint?: string;
                /** @description From this moment on, RFC 3339. */
                from?: string;
                /** @description Before this moment, RFC 3339. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Your own requests at the gateway, refused ones included, searched, sorted and counted */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            request_id: string;
                            api_key_id: string | null;
                            user_id: string | null;
                            correlation_id: string | null;
                            endpoint: string;
                            model: string | null;
                            model_id: string | null;
                            instance_id: string | null;
                            status: number;
                            error_code: string | null;
                            outcome: ("completed" | "client_closed" | "upstream_failed" | "rejected" | "lost") | null;
                            streamed: boolean;
                            prompt_tokens: number;
                            completion_tokens: number;
                            cached_tokens: number;
                            duration_ms: number;
                            queue_ms: number | null;
                            ttft_ms: number | null;
                            /** Format: date-time */
                            started_at: string;
                        }[];
                        has_more: boolean;
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "requests.signals": {
        parameters: {
            query: {
                /** @description From this moment on, RFC 3339. */
                from: string;
                /** @description Before this moment, RFC 3339. */
                to: string;
                /** @description Seconds from one point to the next. */
                step_seconds?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Requests, failures and waiting times of each model, over a window and by step */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        step_seconds: number;
                        models: {
                            model_id: string | null;
                            model: string | null;
                            requests: number;
                            failed: number;
                            ttft_p50_ms: number | null;
                            ttft_p95_ms: number | null;
                            queue_p50_ms: number | null;
                            queue_p95_ms: number | null;
                            duration_p50_ms: number | null;
                            duration_p95_ms: number | null;
                            steps: {
                                /** Format: date-time */
                                at: string;
                                requests: number;
                                failed: number;
                                ttft_p50_ms: number | null;
                                ttft_p95_ms: number | null;
                            }[];
                        }[];
                        errors: {
                            status: number;
                            error_code: string | null;
                            requests: number;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "runtime_models.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is really served now, where, and by how many replicas */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            hf_id: string;
                            name: string;
                            replicas_serving: number;
                            replicas_silent: number;
                            replicas_starting: number;
                            places: {
                                provider: string;
                                zone: string;
                                instance_type: string;
                                serving: number;
                                silent: number;
                                starting: number;
                            }[];
                            deployments: {
                                id: string;
                                name: string;
                            }[];
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "session.get": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who is signed in, and in which organisation */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "session.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    login: string;
                    password: string;
                    code?: string;
                };
            };
        };
        responses: {
            /** @description Sign in by user name or e-mail address; the answer sets the session cookie */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "session.delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer has no body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "session.switch_organisation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    organisation_id: string;
                };
            };
        };
        responses: {
            /** @description Go on in another organisation, or in the personal workspace; other sessions stay where they are */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "sessions.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Where you are signed in, the last used first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            is_current: boolean;
                            /** @enum {string} */
                            method: "password" | "oidc";
                            user_agent: string | null;
                            address: string | null;
                            organisation: {
                                id: string;
                                slug: string;
                                name: string;
                            };
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            last_seen_at: string;
                            /** Format: date-time */
                            expires_at: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "sessions.end_others": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description End all of your sessions but this one */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        ended: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "sessions.end": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer has no body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "settings.list": {
        parameters: {
            query?: {
                /** @description Of this provider alone. */
                provider?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every setting with the value in force and where it comes from, for one provider when named */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            name: string;
                            about: string;
                            /** @enum {string} */
                            kind: "integer" | "choice" | "text";
                            /** @enum {string} */
                            scope: "global" | "provider" | "organisation";
                            unit: ("ms" | "hours" | "bytes" | "percent") | null;
                            min: number | null;
                            max: number | null;
                            choices: string[] | null;
                            default: number | string;
                            value: number | string;
                            /** @enum {string} */
                            origin: "organisation" | "provider" | "global" | "environment" | "default";
                            changed_by: string | null;
                            changed_at: string | null;
                            overrides: {
                                provider: string;
                                value: number | string;
                                changed_by: string;
                                /** Format: date-time */
                                changed_at: string;
                            }[];
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "settings.definitions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What can be set: kind, range, unit, default and whether each provider may have its own value */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            name: string;
                            about: string;
                            /** @enum {string} */
                            kind: "integer" | "choice" | "text";
                            /** @enum {string} */
                            scope: "global" | "provider" | "organisation";
                            unit: ("ms" | "hours" | "bytes" | "percent") | null;
                            min: number | null;
                            max: number | null;
                            choices: string[] | null;
                            default: number | string;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "settings.set": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name, as it is written. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    value: number | string;
                    provider?: string;
                };
            };
        };
        responses: {
            /** @description Give a setting a value, for everything or for one provider; in force within two seconds */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        about: string;
                        /** @enum {string} */
                        kind: "integer" | "choice" | "text";
                        /** @enum {string} */
                        scope: "global" | "provider" | "organisation";
                        unit: ("ms" | "hours" | "bytes" | "percent") | null;
                        min: number | null;
                        max: number | null;
                        choices: string[] | null;
                        default: number | string;
                        value: number | string;
                        /** @enum {string} */
                        origin: "organisation" | "provider" | "global" | "environment" | "default";
                        changed_by: string | null;
                        changed_at: string | null;
                        overrides: {
                            provider: string;
                            value: number | string;
                            changed_by: string;
                            /** Format: date-time */
                            changed_at: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "settings.unset": {
        parameters: {
            query?: {
                /** @description Of this provider alone. */
                provider?: string;
            };
            header?: never;
            path: {
                /** @description The name, as it is written. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Take the value away again: the next origin counts (provider, global, environment, default) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        about: string;
                        /** @enum {string} */
                        kind: "integer" | "choice" | "text";
                        /** @enum {string} */
                        scope: "global" | "provider" | "organisation";
                        unit: ("ms" | "hours" | "bytes" | "percent") | null;
                        min: number | null;
                        max: number | null;
                        choices: string[] | null;
                        default: number | string;
                        value: number | string;
                        /** @enum {string} */
                        origin: "organisation" | "provider" | "global" | "environment" | "default";
                        changed_by: string | null;
                        changed_at: string | null;
                        overrides: {
                            provider: string;
                            value: number | string;
                            changed_by: string;
                            /** Format: date-time */
                            changed_at: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "settings.changes": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The name, as it is written. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who changed a setting, when, from what to what; newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: number;
                            name: string;
                            provider: string | null;
                            old_value: (number | string) | null;
                            new_value: (number | string) | null;
                            changed_by: string;
                            /** Format: date-time */
                            changed_at: string;
                            correlation_id: string;
                        }[];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "sweep.get": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the sweep saw and did: rounds, findings, epochs and what waits for a confirmation */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        held: {
                            id: string;
                            provider: string;
                            account: string;
                            /** @enum {string} */
                            state: "acting" | "complete" | "void";
                            held: ("breaker" | "restored") | null;
                            epoch: number;
                            listed: number;
                            wanted: number;
                            missing: number;
                            orphans: number;
                            reported: number;
                            adopted: number;
                            deleted: number;
                            gone: number;
                            errors: string[];
                            /** Format: date-time */
                            started_at: string;
                            ended_at: string | null;
                        }[];
                        rounds: {
                            id: string;
                            provider: string;
                            account: string;
                            /** @enum {string} */
                            state: "acting" | "complete" | "void";
                            held: ("breaker" | "restored") | null;
                            epoch: number;
                            listed: number;
                            wanted: number;
                            missing: number;
                            orphans: number;
                            reported: number;
                            adopted: number;
                            deleted: number;
                            gone: number;
                            errors: string[];
                            /** Format: date-time */
                            started_at: string;
                            ended_at: string | null;
                        }[];
                        findings: {
                            id: string;
                            provider: string;
                            account: string;
                            kind: string;
                            zone: string;
                            ref: string;
                            attempt: string;
                            instance: string;
                            why: string;
                            /** @enum {string} */
                            state: "held" | "deleting" | "gone" | "wanted";
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            first_seen_at: string;
                            /** Format: date-time */
                            last_seen_at: string;
                            delete_called_at: string | null;
                            last_error: string | null;
                            approved_by: string | null;
                            closed_at: string | null;
                        }[];
                        epochs: {
                            number: number;
                            gap_from: string | null;
                            /** Format: date-time */
                            began_at: string;
                            /** Format: date-time */
                            alive_until: string;
                        }[];
                        confirmations: {
                            id: string;
                            provider: string;
                            account: string;
                            round: string;
                            epoch: number;
                            findings: number;
                            confirmed_by: string;
                            /** Format: date-time */
                            confirmed_at: string;
                        }[];
                        failing_renewals: {
                            provider: string;
                            account: string;
                            kind: string;
                            zone: string;
                            ref: string;
                            /** Format: date-time */
                            expires_at: string;
                            /** Format: date-time */
                            failing_since: string;
                            last_error: string | null;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "sweep.confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    round: string;
                };
            };
        };
        responses: {
            /** @description Let go what a held round reported: after this it is deleted */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        provider: string;
                        account: string;
                        findings: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "usage_prices.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the organisation counts its own use of models at: prices in force, and those to come */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            model_id: string | null;
                            prompt_micros_per_million: number;
                            completion_micros_per_million: number;
                            cached_micros_per_million: number;
                            /** Format: date-time */
                            from: string;
                            set_by: string;
                            /** Format: date-time */
                            set_at: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "usage_prices.set": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default null */
                    model_id?: string | null;
                    prompt_micros_per_million: number;
                    completion_micros_per_million: number;
                    cached_micros_per_million?: number;
                };
            };
        };
        responses: {
            /** @description Set the price of a model, or of all without one; a changed price counts from the next full hour */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            model_id: string | null;
                            prompt_micros_per_million: number;
                            completion_micros_per_million: number;
                            cached_micros_per_million: number;
                            /** Format: date-time */
                            from: string;
                            set_by: string;
                            /** Format: date-time */
                            set_at: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "usage.groups": {
        parameters: {
            query: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description The order of the rows; a hyphen before it turns it round. */
                sort?: "value" | "-value" | "requests" | "-requests" | "tokens" | "-tokens";
                /** @description By what the rows are grouped. */
                by: "day" | "model" | "project" | "outcome" | "api_key" | "user" | "instance" | "endpoint";
                /** @description Rows of this project. */
                project_id?: string;
                /** @description The id of a model: what fits it is said with each offer. */
                model_id?: string;
                /** @description What was done, or what was refused. */
                outcome?: "completed" | "client_closed" | "upstream_failed" | "rejected" | "lost";
                /** @description Rows of this API key. */
                api_key_id?: string;
                /** @description The id of a user. */
                user_id?: string;
                /** @description From this moment on, RFC 3339. */
                from?: string;
                /** @description Before this moment, RFC 3339. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Requests and tokens, summed by day, model, project, outcome, key, user, instance or endpoint */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            value: string | null;
                            requests: number;
                            prompt_tokens: number;
                            completion_tokens: number;
                            cached_tokens: number;
                        }[];
                        has_more: boolean;
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "usage.own": {
        parameters: {
            query: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description The order of the rows; a hyphen before it turns it round. */
                sort?: "value" | "-value" | "requests" | "-requests" | "tokens" | "-tokens";
                /** @description By what the rows are grouped. */
                by: "day" | "model" | "project" | "outcome" | "api_key" | "user" | "instance" | "endpoint";
                /** @description Rows of this project. */
                project_id?: string;
                /** @description The id of a model: what fits it is said with each offer. */
                model_id?: string;
                /** @description What was done, or what was refused. */
                outcome?: "completed" | "client_closed" | "upstream_failed" | "rejected" | "lost";
                /** @description Rows of this API key. */
                api_key_id?: string;
                /** @description The id of a user. */
                user_id?: string;
                /** @description From this moment on, RFC 3339. */
                from?: string;
                /** @description Before this moment, RFC 3339. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Your own requests and tokens, summed by day, model, project, outcome, key or endpoint */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            value: string | null;
                            requests: number;
                            prompt_tokens: number;
                            completion_tokens: number;
                            cached_tokens: number;
                        }[];
                        has_more: boolean;
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "usage.projects": {
        parameters: {
            query?: {
                /** @description From this moment on, RFC 3339. */
                from?: string;
                /** @description Before this moment, RFC 3339. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Requests and tokens by project, summed over whole hours; of this month until now unless told */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            project_id: string | null;
                            requests: number;
                            prompt_tokens: number;
                            completion_tokens: number;
                            cached_tokens: number;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "usage.requests": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description The order of the rows; a hyphen before it turns it round. */
                sort?: "started_at" | "-started_at" | "tokens" | "-tokens";
                /** @description The row with this request id. */
                request_id?: string;
                /** @description Rows of this project. */
                project_id?: string;
                /** @description Rows of this API key. */
                api_key_id?: string;
                /** @description The id of a user. */
                user_id?: string;
                /** @description The id of a model: what fits it is said with each offer. */
                model_id?: string;
                /** @description Rows of this instance. */
                instance_id?: string;
                /** @description What was done, or what was refused. */
                outcome?: "completed" | "client_closed" | "upstream_failed" | "rejected" | "lost";
                /** @description From this moment on, RFC 3339. */
                from?: string;
                /** @description Before this moment, RFC 3339. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Requests with their exact tokens, filtered, sorted and counted */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["UsageEntry"][];
                        has_more: boolean;
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "usage.summary": {
        parameters: {
            query?: {
                /** @description From this moment on, RFC 3339. */
                from?: string;
                /** @description Before this moment, RFC 3339. */
                to?: string;
                /** @description Rows of this project. */
                project_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Requests and tokens, summed over whole hours */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageSummary"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "users.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description Rows in whose names this text occurs. */
                search?: string;
                /** @description Rows in this state; of some lists several, separated by commas. */
                state?: "enabled" | "disabled";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Everybody who has an account, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            username: string;
                            email: string;
                            /** @enum {string} */
                            language: "en" | "fr";
                            is_platform_admin: boolean;
                            is_disabled: boolean;
                            has_password: boolean;
                            has_totp: boolean;
                            /** Format: date-time */
                            created_at: string;
                            last_seen_at: string | null;
                        }[];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "users.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    username: string;
                    /** Format: email */
                    email: string;
                    /**
                     * @default en
                     * @enum {string}
                     */
                    language?: "en" | "fr";
                    /** @default false */
                    is_platform_admin?: boolean;
                };
            };
        };
        responses: {
            /** @description Make an account; its owner is mailed a link that sets the password */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        username: string;
                        email: string;
                        /** @enum {string} */
                        language: "en" | "fr";
                        is_platform_admin: boolean;
                        is_disabled: boolean;
                        has_password: boolean;
                        has_totp: boolean;
                        /** Format: date-time */
                        created_at: string;
                        last_seen_at: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "users.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One account */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        username: string;
                        email: string;
                        /** @enum {string} */
                        language: "en" | "fr";
                        is_platform_admin: boolean;
                        is_disabled: boolean;
                        has_password: boolean;
                        has_totp: boolean;
                        /** Format: date-time */
                        created_at: string;
                        last_seen_at: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "users.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    is_disabled?: boolean;
                    is_platform_admin?: boolean;
                };
            };
        };
        responses: {
            /** @description Disable or enable an account, make it a platform administrator or an ordinary one; signs it out */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        username: string;
                        email: string;
                        /** @enum {string} */
                        language: "en" | "fr";
                        is_platform_admin: boolean;
                        is_disabled: boolean;
                        has_password: boolean;
                        has_totp: boolean;
                        /** Format: date-time */
                        created_at: string;
                        last_seen_at: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "users.history": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was done to an account and by whom, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            actor: string;
                            action: string;
                            details: {
                                [key: string]: unknown;
                            };
                            /** Format: date-time */
                            at: string;
                        }[];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "users.mail_password_link": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer has no body */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "users.end_sessions": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Sign somebody out everywhere */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        ended: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "users.reset_totp": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer has no body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "system.version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What runs here, and where inference is reached */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        version: string;
                        worker_version: string | null;
                        worker_sha256: string | null;
                        gateway_url: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "volumes.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description Only those that are kept, or only those that are not. */
                kept?: "true" | "false";
                /** @description Deleted ones too. */
                include_deleted?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Volumes, newest first, also those that outlived their instance and still cost */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            instance_id: string;
                            instance: string;
                            instance_state: string;
                            provider: string;
                            account_id: string | null;
                            zone: string;
                            provider_ref: string;
                            kind: string;
                            size_bytes: number;
                            is_boot: boolean;
                            keep: boolean;
                            price_micros_per_hour: number | null;
                            /** Format: date-time */
                            created_at: string;
                            delete_asked_at: string | null;
                            deleted_at: string | null;
                            used_by: string | null;
                            used_by_name: string | null;
                        }[];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "volumes.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer has no body */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "wallet.get": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What your organisation may spend on models of others */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Wallet"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "wallet.entries": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every movement of the wallet, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["WalletEntry"][];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "wallet.transfer": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    to: string;
                    amount_micros: number;
                    /** @default  */
                    note?: string;
                };
            };
        };
        responses: {
            /** @description Give money of your wallet to another organisation, such as one that uses your models */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Wallet"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "wallets.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of an organisation. */
                organisation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The wallet of any organisation */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Wallet"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "wallets.credit": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id or the slug of an organisation. */
                organisation: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    credit_micros: number | null;
                };
            };
        };
        responses: {
            /** @description How far the wallet of an organisation may go below zero */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Wallet"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "wallets.top_up": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The id or the slug of an organisation. */
                organisation: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    amount_micros: number;
                    /** @default  */
                    note?: string;
                };
            };
        };
        responses: {
            /** @description Book money that came in for an organisation */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Wallet"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "webhooks.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Webhooks of this organisation, newest first; their secrets are never shown */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Webhook"][];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "webhooks.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    url: string;
                    /** @default  */
                    description?: string;
                    /** @default [] */
                    event_types?: ("INSTANCE_STATE_CHANGED" | "INSTANCE_COST_START" | "INSTANCE_COST_STOP" | "TOKENS_CONSUMED" | "API_KEY_CREATED" | "API_KEY_REVOKED" | "DEPLOYMENT_CREATED" | "DEPLOYMENT_DELETED" | "ALERT_OPENED" | "ALERT_CLOSED")[];
                };
            };
        };
        responses: {
            /** @description Be told of events at an address; the secret to verify them is in this answer and never shown again */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        url: string;
                        description: string;
                        event_types: ("INSTANCE_STATE_CHANGED" | "INSTANCE_COST_START" | "INSTANCE_COST_STOP" | "TOKENS_CONSUMED" | "API_KEY_CREATED" | "API_KEY_REVOKED" | "DEPLOYMENT_CREATED" | "DEPLOYMENT_DELETED" | "ALERT_OPENED" | "ALERT_CLOSED" | "WEBHOOK_TEST")[];
                        enabled: boolean;
                        disabled_because: ("failing" | "gone") | null;
                        failing_since: string | null;
                        former_secret_until: string | null;
                        /** Format: date-time */
                        created_at: string;
                        secret: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "webhooks.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One webhook */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "webhooks.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer has no body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "webhooks.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    url?: string;
                    description?: string;
                    event_types?: ("INSTANCE_STATE_CHANGED" | "INSTANCE_COST_START" | "INSTANCE_COST_STOP" | "TOKENS_CONSUMED" | "API_KEY_CREATED" | "API_KEY_REVOKED" | "DEPLOYMENT_CREATED" | "DEPLOYMENT_DELETED" | "ALERT_OPENED" | "ALERT_CLOSED")[];
                    enabled?: boolean;
                };
            };
        };
        responses: {
            /** @description Change where it goes and what it is told of, turn it off or on; what is left out stays */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "webhooks.deliveries": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description The order of the rows; a hyphen before it turns it round. */
                sort?: "created_at" | "-created_at";
                /** @description Rows in this state; of some lists several, separated by commas. */
                state?: "pending" | "delivered" | "failed";
                /** @description Deliveries of this type of event. */
                event_type?: "INSTANCE_STATE_CHANGED" | "INSTANCE_COST_START" | "INSTANCE_COST_STOP" | "TOKENS_CONSUMED" | "API_KEY_CREATED" | "API_KEY_REVOKED" | "DEPLOYMENT_CREATED" | "DEPLOYMENT_DELETED" | "ALERT_OPENED" | "ALERT_CLOSED" | "WEBHOOK_TEST";
                /** @description Deliveries of this event. */
                event_id?: string;
            };
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was sent to a webhook and what waits for it, filtered and counted */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["WebhookDelivery"][];
                        has_more: boolean;
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "webhooks.delivery": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
                /** @description The id of a delivery of this webhook. */
                delivery_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One delivery: what was sent, and how each attempt ended */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDeliveryDetail"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "webhooks.resend": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The id of the thing. */
                id: string;
                /** @description The id of a delivery of this webhook. */
                delivery_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Send one delivery again, whether it was given up or has arrived */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDeliveryDetail"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "webhooks.resend_failed": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Send all deliveries again that were given up */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        resent: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "webhooks.rotate_secret": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default 24 */
                    overlap_hours?: number;
                };
            };
        };
        responses: {
            /** @description Give it another secret; for a while deliveries are signed with both */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        url: string;
                        description: string;
                        event_types: ("INSTANCE_STATE_CHANGED" | "INSTANCE_COST_START" | "INSTANCE_COST_STOP" | "TOKENS_CONSUMED" | "API_KEY_CREATED" | "API_KEY_REVOKED" | "DEPLOYMENT_CREATED" | "DEPLOYMENT_DELETED" | "ALERT_OPENED" | "ALERT_CLOSED" | "WEBHOOK_TEST")[];
                        enabled: boolean;
                        disabled_because: ("failing" | "gone") | null;
                        failing_since: string | null;
                        former_secret_until: string | null;
                        /** Format: date-time */
                        created_at: string;
                        secret: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "webhooks.test": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Send a test event; how it went appears in its delivery */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDeliveryDetail"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "conversations.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description Your own, or those that others share with you. */
                whose?: "mine" | "shared" | "all";
                /** @description Rows of this project. */
                project_id?: string;
                /** @description Rows in which this text occurs. */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Conversations of the workbench, the latest first; one may look for words of titles and texts */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Conversation"][];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "conversations.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    title?: string;
                    /** @default null */
                    project_id?: string | null;
                    /** @default [] */
                    models?: string[];
                    system_prompt?: string;
                    prompt_id?: string;
                    /** @default {} */
                    parameters?: {
                        temperature?: number;
                        top_p?: number;
                        max_tokens?: number;
                        presence_penalty?: number;
                        frequency_penalty?: number;
                        seed?: number;
                        stop?: string[];
                    };
                    /** @default [] */
                    messages?: ({
                        /** @constant */
                        role: "user";
                        content: string;
                    } | {
                        /** @constant */
                        role: "assistant";
                        content: string;
                        model: string;
                        /** @default null */
                        request_id?: string | null;
                        /**
                         * @default done
                         * @enum {string}
                         */
                        status?: "done" | "stopped" | "failed";
                        /** @default null */
                        finish_reason?: string | null;
                        /** @default null */
                        error_code?: string | null;
                        /** @default null */
                        parameters?: {
                            temperature?: number;
                            top_p?: number;
                            max_tokens?: number;
                            presence_penalty?: number;
                            frequency_penalty?: number;
                            seed?: number;
                            stop?: string[];
                        } | null;
                        turn?: number;
                        /** @default 0 */
                        place?: number;
                    })[];
                };
            };
        };
        responses: {
            /** @description Begin a conversation, with its first messages if there are any; it is private */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "conversations.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One conversation: your own, or one that is shared with the organisation */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "conversations.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer has no body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "conversations.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    title?: string;
                    project_id?: string | null;
                    models?: string[];
                    system_prompt?: string;
                    prompt_id?: string;
                    parameters?: {
                        temperature?: number;
                        top_p?: number;
                        max_tokens?: number;
                        presence_penalty?: number;
                        frequency_penalty?: number;
                        seed?: number;
                        stop?: string[];
                    };
                };
            };
        };
        responses: {
            /** @description Name it, move it, change its models, system prompt or parameters; what is left out stays */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "conversations.copy": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Take a copy of what you may read, to go on with: private, and yours */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "conversations.export_json": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A whole conversation as JSON, as an import takes it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        title: string;
                        models: string[];
                        system_prompt: string;
                        parameters: {
                            temperature?: number;
                            top_p?: number;
                            max_tokens?: number;
                            presence_penalty?: number;
                            frequency_penalty?: number;
                            seed?: number;
                            stop?: string[];
                        };
                        /** @constant */
                        format: "inventiv.conversation.v1";
                        /** Format: date-time */
                        created_at: string;
                        totals: {
                            prompt_tokens: number;
                            completion_tokens: number;
                            cost_micros: number;
                            unpriced: number;
                            pending: number;
                        };
                        messages: {
                            id: string;
                            turn: number;
                            place: number;
                            /** @enum {string} */
                            role: "user" | "assistant";
                            content: string;
                            model: string | null;
                            parameters: {
                                temperature?: number;
                                top_p?: number;
                                max_tokens?: number;
                                presence_penalty?: number;
                                frequency_penalty?: number;
                                seed?: number;
                                stop?: string[];
                            } | null;
                            /** @enum {string} */
                            status: "done" | "stopped" | "failed";
                            finish_reason: string | null;
                            error_code: string | null;
                            request_id: string | null;
                            figures: {
                                /** @enum {string} */
                                state: "pending" | "known" | "unknown";
                                outcome: string | null;
                                ttft_ms: number | null;
                                total_ms: number | null;
                                prompt_tokens: number | null;
                                completion_tokens: number | null;
                                cached_tokens: number | null;
                                tokens_per_second: number | null;
                                cost_micros: number | null;
                            } | null;
                            /** Format: date-time */
                            created_at: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "conversations.export_md": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A whole conversation as Markdown */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/markdown": string;
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "conversations.messages": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its messages in order, each answer with what it took and cost, as the ledger says */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["ConversationMessage"][];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "conversations.add_messages": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    messages: ({
                        /** @constant */
                        role: "user";
                        content: string;
                    } | {
                        /** @constant */
                        role: "assistant";
                        content: string;
                        model: string;
                        /** @default null */
                        request_id?: string | null;
                        /**
                         * @default done
                         * @enum {string}
                         */
                        status?: "done" | "stopped" | "failed";
                        /** @default null */
                        finish_reason?: string | null;
                        /** @default null */
                        error_code?: string | null;
                        /** @default null */
                        parameters?: {
                            temperature?: number;
                            top_p?: number;
                            max_tokens?: number;
                            presence_penalty?: number;
                            frequency_penalty?: number;
                            seed?: number;
                            stop?: string[];
                        } | null;
                        turn?: number;
                        /** @default 0 */
                        place?: number;
                    })[];
                };
            };
        };
        responses: {
            /** @description Add questions and answers to a conversation of yours; answers name the request that gave them */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message_ids: string[];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "conversations.share": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    sharing: "private" | "link" | "organisation";
                };
            };
        };
        responses: {
            /** @description Who may read a conversation of yours: nobody else, who has its link, or the whole organisation */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "conversations.unshare": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer has no body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "workbench_defaults.get": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What new conversations of the organisation begin with, and how long they are kept */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        default_prompt_id: string | null;
                        retention_days: number | null;
                        retention_days_in_force: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "workbench_defaults.change": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    default_prompt_id?: string | null;
                    retention_days?: number | null;
                };
            };
        };
        responses: {
            /** @description Choose the default prompt of the organisation and how long conversations are kept */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        default_prompt_id: string | null;
                        retention_days: number | null;
                        retention_days_in_force: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "conversations.import": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    conversations: {
                        /** @constant */
                        format: "inventiv.conversation.v1";
                        title: string;
                        /** @default [] */
                        models?: string[];
                        /** @default  */
                        system_prompt?: string;
                        /** @default {} */
                        parameters?: {
                            temperature?: number;
                            top_p?: number;
                            max_tokens?: number;
                            presence_penalty?: number;
                            frequency_penalty?: number;
                            seed?: number;
                            stop?: string[];
                        };
                        messages: {
                            turn: number;
                            /** @default 0 */
                            place?: number;
                            /** @enum {string} */
                            role: "user" | "assistant";
                            content: string;
                            /** @default null */
                            model?: string | null;
                            /** @default null */
                            parameters?: {
                                temperature?: number;
                                top_p?: number;
                                max_tokens?: number;
                                presence_penalty?: number;
                                frequency_penalty?: number;
                                seed?: number;
                                stop?: string[];
                            } | null;
                            /**
                             * @default done
                             * @enum {string}
                             */
                            status?: "done" | "stopped" | "failed";
                            /** @default null */
                            finish_reason?: string | null;
                            /** @default null */
                            error_code?: string | null;
                        }[];
                    }[];
                    /** @default null */
                    project_id?: string | null;
                };
            };
        };
        responses: {
            /** @description Take in exported conversations as new ones of yours; nothing that is there is touched */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Conversation"][];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "chat_projects.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Chat projects: your own and those of the whole organisation, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["ChatProject"][];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "chat_projects.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    /**
                     * @default private
                     * @enum {string}
                     */
                    sharing?: "private" | "organisation";
                    /** @default null */
                    organisation_project_id?: string | null;
                };
            };
        };
        responses: {
            /** @description Make a chat project, for yourself or for the organisation */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatProject"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "chat_projects.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One chat project */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatProject"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "chat_projects.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer has no body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "chat_projects.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string;
                    /** @enum {string} */
                    sharing?: "private" | "organisation";
                    organisation_project_id?: string | null;
                    archived?: boolean;
                };
            };
        };
        responses: {
            /** @description Name it, share it, archive it, tie it to a project of the organisation; what is left out stays */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatProject"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "prompts.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description System prompts: your own and the organisation's, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Prompt"][];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "prompts.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    content: string;
                    /**
                     * @default me
                     * @enum {string}
                     */
                    for?: "me" | "organisation";
                };
            };
        };
        responses: {
            /** @description Keep a system prompt, for yourself; owners and admins also for the organisation */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prompt"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "prompts.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One system prompt, as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prompt"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "prompts.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer has no body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "prompts.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string;
                    content?: string;
                };
            };
        };
        responses: {
            /** @description Name it anew, or give it another text, which is its next version */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prompt"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "prompts.versions": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it said before, the latest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            version: number;
                            content: string;
                            created_by: string;
                            /** Format: date-time */
                            created_at: string;
                        }[];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "shared_conversations.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The last part of a shared link. */
                link_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A conversation that a member of your organisation gave you the link of */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "shared_conversations.copy": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key answers the same for 24 hours instead of creating again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The last part of a shared link. */
                link_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Take a copy of what you may read, to go on with: private, and yours */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "shared_conversations.messages": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The last part of a shared link. */
                link_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its messages in order */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["ConversationMessage"][];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "workers.list": {
        parameters: {
            query?: {
                /** @description How many rows at most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                after?: string;
                /** @description The order of the rows; a hyphen before it turns it round. */
                sort?: "instance_id" | "-instance_id" | "instance" | "-instance" | "last_seen_at" | "-last_seen_at";
                /** @description Rows in which this text occurs. */
                q?: string;
                /** @description Only those with another build than new ones get, or only the others. */
                outdated?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Agents on the machines: version against the expected one, last word, age of their token */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Worker"][];
                        has_more: boolean;
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            422: components["responses"]["Error422"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "workers.revoke": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the thing. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer has no body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "system.health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Answers while the process lives */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        status: "ok";
                    };
                };
            };
            400: components["responses"]["Error400"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
    "system.ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Answers while requests can be served: the database is there and has this release’s tables */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        status: "ready";
                    };
                };
            };
            400: components["responses"]["Error400"];
            403: components["responses"]["Error403"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            default: components["responses"]["Error"];
        };
    };
}
