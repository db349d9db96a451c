export const FAN_OUT_EVENTS = 'fan-out-events';
export const DELIVER_WEBHOOKS = 'deliver-webhooks';
export const EXPIRE_DELIVERIES = 'expire-deliveries';

/** What an endpoint that was turned off raises. */
export const WEBHOOK_DISABLED = 'WEBHOOK_DISABLED';
