import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseEngineMetrics } from './engine-metrics.ts';
import { parseGpuTable } from './gpu-probe.ts';
import { parseCpu, parseMemory, parseNetwork } from './system-probe.ts';

const MIB = 1024 * 1024;

describe('the GPU table of nvidia-smi', () => {
  it('gives identity and sample of each GPU', () => {
    const [gpu, second] = parseGpuTable(
      '0, NVIDIA H100 80GB HBM3, 9.0, 81559, 1024, 37, 41, 123.45\n1, NVIDIA L4, 8.9, 23034, 0, 0, 34, 11\n',
    );
    assert.deepEqual(gpu?.identity, {
      index: 0,
      name: 'NVIDIA H100 80GB HBM3',
      memory_bytes: 81559 * MIB,
      compute_capability: '9.0',
    });
    assert.equal(gpu?.sample.utilisation, 37);
    assert.equal(gpu?.sample.memory_used_bytes, 1024 * MIB);
    assert.equal(gpu?.sample.power_w, 123.45);
    assert.equal(second?.identity.index, 1);
  });

  it('reads fields that the driver does not know as 0, and an unknown capability as null', () => {
    const [gpu] = parseGpuTable('0, GB10, [N/A], [N/A], [Not Supported], [N/A], 40, [Unknown Error]');
    assert.equal(gpu?.identity.compute_capability, null);
    assert.equal(gpu?.identity.memory_bytes, 0);
    assert.equal(gpu?.sample.utilisation, 0);
    assert.equal(gpu?.sample.power_w, 0);
  });

  it('skips whatever is not a row', () => {
    const noise =
      'Failed to initialize NVML\n\n, , , , , , , \nx, y, 1, 2, 3, 4, 5, 6\n0, short\n-1, a, 1.0, 1, 1, 1, 1, 1\n';
    assert.deepEqual(parseGpuTable(noise), []);
    assert.equal(parseGpuTable('0, A, 8.0, 1, 1, 250, 1, -3')[0]?.sample.utilisation, 100);
  });
});

describe('the figures of the machine', () => {
  it('are busy and total ticks without counting guests twice', () => {
    assert.deepEqual(parseCpu('cpu  10 1 5 80 4 0 0 0 9 9\ncpu0 1 1 1 1\n'), {
      cpuBusyTicks: 16,
      cpuTotalTicks: 100,
    });
    assert.equal(parseCpu('').cpuTotalTicks, null);
  });

  it('are memory by what is available, and traffic without loopback', () => {
    assert.deepEqual(parseMemory('MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable:   400 kB\n'), {
      memoryTotalBytes: 1000 * 1024,
      memoryUsedBytes: 600 * 1024,
    });
    const netDev =
      'Inter-|   Receive\n face |bytes\n    lo: 9 0 0 0 0 0 0 0 9 0\n  eth0: 5 0 0 0 0 0 0 0 7 0\neth1:1 0 0 0 0 0 0 0 2 0';
    assert.deepEqual(parseNetwork(netDev), { networkRxBytes: 6, networkTxBytes: 9 });
    assert.deepEqual(parseNetwork(''), { networkRxBytes: null, networkTxBytes: null });
  });
});

describe("the engine's metrics", () => {
  it('are summed over cores, with the fullest cache', () => {
    const reading = parseEngineMetrics(
      [
        '# TYPE vllm:num_requests_running gauge',
        'vllm:num_requests_running{engine="0",model_name="a b}"} 3.0',
        'vllm:num_requests_running{engine="1",model_name="a b}"} 4.0',
        'vllm:num_requests_waiting{engine="0"} 2',
        'vllm:kv_cache_usage_perc{engine="0"} 0.25',
        'vllm:kv_cache_usage_perc{engine="1"} 0.5',
        'vllm:cache_config_info{block_size="16",cache_dtype="auto",num_gpu_blocks="1000"} 1.0',
        'vllm:cache_config_info{block_size="16",cache_dtype="auto",num_gpu_blocks="500"} 1.0',
        'vllm:generation_tokens_total{engine="0"} 1e3',
        'vllm:generation_tokens_created{engine="0"} 77',
      ].join('\n'),
    );
    assert.deepEqual(reading, {
      requestsRunning: 7,
      requestsWaiting: 2,
      kvCacheRatio: 0.5,
      kvCacheTokens: 24_000,
      generationTokens: 1000,
    });
  });

  it('are read under the old name of the cache gauge too, and are unknown when absent', () => {
    assert.equal(parseEngineMetrics('vllm:gpu_cache_usage_perc 0.75').kvCacheRatio, 0.75);
    for (const odd of [
      '',
      'block_size="16"',
      'block_size="16",num_gpu_blocks="None"',
      'num_gpu_blocks="9"',
    ]) {
      assert.equal(parseEngineMetrics(`vllm:cache_config_info{${odd}} 1`).kvCacheTokens, null);
    }
    assert.equal(parseEngineMetrics('vllm:num_requests_running NaN').requestsRunning, null);
    assert.equal(parseEngineMetrics(undefined).requestsRunning, null);
  });
});
