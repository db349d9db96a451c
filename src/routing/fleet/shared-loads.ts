/**
 * What each gateway has at the workers, told to the others many times a second, so that all choose by the same picture.
 *
 * A message has the figures of the workers where something changed, as they are and not as they changed, and the
 * beginnings of the prompts that were sent. Lost ones heal: every second the whole picture is told. Whoever is silent
 * for some seconds has nothing at the workers. Messages are numbered for each gateway, so an old one never replaces a
 * newer one, and losses are counted.
 */
import type { Clock } from '#kernel/env.ts';
import type { WorkerPicker } from '../pick.ts';
import type { WorkerState } from '../worker-state.ts';
import { type LoadMessage, parseMessage, type ToldLoad } from './load-message.ts';

export interface LoadChannel {
  publish(text: string): void;
}

const WHOLE_EVERY_MS = 1_000;
const SILENT_MS = 3_000;
/** Blocks of prompts in one message; what is more is not told, and costs a wrong guess. */
const BLOCKS_MAX = 20_000;

interface Peer {
  number: number;
  heardAtMs: number;
  readonly loads: Map<string, { readonly told: ToldLoad; readonly atMs: number }>;
}

type SentPrompt = LoadMessage['sent'][number];

export class SharedLoads {
  /** Messages of others that did not arrive. */
  lost = 0;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #gateway: string;
  readonly #channel: LoadChannel;
  readonly #peers = new Map<string, Peer>();
  readonly #changed = new Set<WorkerState>();
  #sent: SentPrompt[] = [];
  #sentBlocks = 0;
  #number = 0;
  #wholeAtMs = Number.NEGATIVE_INFINITY;
  #picker: WorkerPicker | undefined;

  constructor(clock: Pick<Clock, 'monotonic'>, gateway: string, channel: LoadChannel) {
    this.#clock = clock;
    this.#gateway = gateway;
    this.#channel = channel;
  }

  /** Other gateways that were heard of late. */
  get peers(): number {
    return this.#peers.size;
  }

  /** Whose picture it is. */
  attach(picker: WorkerPicker): void {
    this.#picker = picker;
  }

  noteChange(state: WorkerState): void {
    this.#changed.add(state);
  }

  noteSent(state: WorkerState, blocks: readonly number[], blockTokens: number): void {
    this.#changed.add(state);
    if (blocks.length === 0 || this.#sentBlocks + blocks.length > BLOCKS_MAX) return;
    this.#sentBlocks += blocks.length;
    this.#sent.push([state.worker.instanceId, blockTokens, blocks]);
  }

  /** To be called at least every 20 ms. */
  tick(): void {
    const nowMs = this.#clock.monotonic();
    this.#forgetSilent(nowMs);
    const isWhole = nowMs - this.#wholeAtMs >= WHOLE_EVERY_MS;
    if (isWhole || this.#changed.size > 0)
      this.#channel.publish(JSON.stringify(this.#message(nowMs, isWhole)));
  }

  /** The last word: nothing of ours is at any worker. */
  leave(): void {
    this.#number++;
    this.#channel.publish(JSON.stringify(this.#envelope({ isWhole: true, loads: [], sent: [] })));
  }

  receive(text: string): void {
    const message = parseMessage(text);
    if (!message || message.gateway === this.#gateway || !this.#picker) return;
    const nowMs = this.#clock.monotonic();
    const peer = this.#peerOf(message.gateway);
    if (message.number <= peer.number) return;
    if (peer.number > 0) this.lost += message.number - peer.number - 1;
    peer.number = message.number;
    peer.heardAtMs = nowMs;
    const touched = new Set(message.isWhole ? peer.loads.keys() : []);
    const before = new Map(peer.loads);
    if (message.isWhole) peer.loads.clear();
    for (const told of message.loads) {
      touched.add(told.instanceId);
      const done = before.get(told.instanceId)?.told.doneWork;
      peer.loads.set(told.instanceId, { told, atMs: nowMs });
      if (done !== undefined && told.doneWork > done) {
        this.#picker.learnFromOthers(told.instanceId, told.epoch, told.doneWork - done);
      }
    }
    for (const instanceId of touched) this.#apply(instanceId);
    for (const [instanceId, blockTokens, blocks] of message.sent) {
      this.#picker.noteSentByOthers(instanceId, blocks, blockTokens);
    }
    if (touched.size > 0) this.#picker.tellRoom();
  }

  #message(nowMs: number, isWhole: boolean): LoadMessage {
    const states = isWhole ? this.#picker?.busyStates() : undefined;
    const loads = [...new Set([...this.#changed, ...(states ?? [])])].map((state) => state.toldLoad(nowMs));
    const sent = this.#sent;
    this.#changed.clear();
    this.#sent = [];
    this.#sentBlocks = 0;
    if (isWhole) this.#wholeAtMs = nowMs;
    this.#number++;
    return this.#envelope({ isWhole, loads, sent });
  }

  #envelope(own: Pick<LoadMessage, 'isWhole' | 'loads' | 'sent'>): LoadMessage {
    return { gateway: this.#gateway, number: this.#number, ...own };
  }

  #peerOf(gateway: string): Peer {
    let peer = this.#peers.get(gateway);
    if (!peer) {
      peer = { number: 0, heardAtMs: 0, loads: new Map() };
      this.#peers.set(gateway, peer);
    }
    return peer;
  }

  #forgetSilent(nowMs: number): void {
    for (const [name, peer] of this.#peers) {
      if (nowMs - peer.heardAtMs < SILENT_MS) continue;
      this.#peers.delete(name);
      for (const instanceId of peer.loads.keys()) this.#apply(instanceId);
      if (peer.loads.size > 0) this.#picker?.tellRoom();
    }
  }

  #apply(instanceId: string): void {
    const loads = [...this.#peers.values()].flatMap((peer) => peer.loads.get(instanceId) ?? []);
    this.#picker?.setOthers(instanceId, loads);
  }
}
