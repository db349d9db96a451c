/** Schemas with a name of their own in the OpenAPI document. */

import { alertSchema } from '#contracts/alerts.ts';
import { apiKeySchema, createdApiKeySchema, organisationSchema } from '#contracts/api-keys.ts';
import { auditEntrySchema } from '#contracts/audit.ts';
import {
  actionLogEntrySchema,
  instanceDetailSchema,
  instanceSampleSchema,
  instanceSchema,
  workerSchema,
} from '#contracts/instances.ts';
import {
  costIntervalSchema,
  costSeriesSchema,
  costSummarySchema,
  createDeploymentSchema,
  deploymentSchema,
  modelSchema,
  offerSchema,
  sessionSchema,
  usageEntrySchema,
  usageSummarySchema,
} from '#contracts/management.ts';
import {
  accessRequestSchema,
  contractSchema,
  entitlementSchema,
  offeringSchema,
  planSchema,
} from '#contracts/offerings.ts';
import { chargeBackSchema, walletEntrySchema, walletSchema } from '#contracts/wallets.ts';
import { deliveryDetailSchema, deliverySchema, webhookSchema } from '#contracts/webhooks.ts';
import { chatProjectSchema, conversationSchema, messageSchema, promptSchema } from '#contracts/workbench.ts';

export const NAMED_SCHEMAS = {
  Session: sessionSchema,
  Model: modelSchema,
  Offer: offerSchema,
  CreateDeployment: createDeploymentSchema,
  Deployment: deploymentSchema,
  Instance: instanceSchema,
  InstanceDetail: instanceDetailSchema,
  InstanceSample: instanceSampleSchema,
  Worker: workerSchema,
  Action: actionLogEntrySchema,
  Alert: alertSchema,
  AuditEntry: auditEntrySchema,
  Webhook: webhookSchema,
  WebhookDelivery: deliverySchema,
  WebhookDeliveryDetail: deliveryDetailSchema,
  ApiKey: apiKeySchema,
  CreatedApiKey: createdApiKeySchema,
  Organisation: organisationSchema,
  CostSummary: costSummarySchema,
  CostSeries: costSeriesSchema,
  CostInterval: costIntervalSchema,
  UsageEntry: usageEntrySchema,
  UsageSummary: usageSummarySchema,
  Offering: offeringSchema,
  Contract: contractSchema,
  AccessRequest: accessRequestSchema,
  Entitlement: entitlementSchema,
  Plan: planSchema,
  Wallet: walletSchema,
  WalletEntry: walletEntrySchema,
  ChargeBack: chargeBackSchema,
  Conversation: conversationSchema,
  ConversationMessage: messageSchema,
  ChatProject: chatProjectSchema,
  Prompt: promptSchema,
};
