import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseEngineMetrics } from './engine-metrics.ts';
import { nvidiaProblem, parseNvidiaTable, parseNvidiaXml } from './nvidia-smi.ts';
import { parseRocmJson } from './rocm-smi.ts';
import { parseCpu, parseMemory, parseNetwork } from './system-probe.ts';

const MIB = 1024 * 1024;

describe('the GPU table of nvidia-smi', () => {
  it('gives identity and sample of each GPU', () => {
    const [gpu, second] = parseNvidiaTable(
      '0, NVIDIA H100 80GB HBM3, 9.0, 81559, 1024, 37, 41, 123.45\n1, NVIDIA L4, 8.9, 23034, 0, 0, 34, 11\n',
    ).gpus;
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
    const [gpu] = parseNvidiaTable('0, GB10, [N/A], [N/A], [Not Supported], [N/A], 40, [Unknown Error]').gpus;
    assert.equal(gpu?.identity.compute_capability, null);
    assert.equal(gpu?.identity.memory_bytes, 0);
    assert.equal(gpu?.sample.utilisation, 0);
    assert.equal(gpu?.sample.power_w, 0);
  });

  it('skips whatever is not a row', () => {
    const noise =
      'Failed to initialize NVML\n\n, , , , , , , \nx, y, 1, 2, 3, 4, 5, 6\n0, short\n-1, a, 1.0, 1, 1, 1, 1, 1\n';
    assert.deepEqual(parseNvidiaTable(noise).gpus, []);
    assert.equal(parseNvidiaTable('0, A, 8.0, 1, 1, 250, 1, -3').gpus[0]?.sample.utilisation, 100);
  });
});

/** Rows as drivers print them for the query, one GPU of each kind. */
const ROWS: readonly (readonly [row: string, capability: string | null, gib: number])[] = [
  ['0, NVIDIA H100 80GB HBM3, 9.0, 81559, 1, 0, 28, 71.66, Disabled', '9.0', 79.6],
  ['0, NVIDIA L4, 8.9, 23034, 1, 0, 35, 11.90, [N/A]', '8.9', 22.5],
  ['0, NVIDIA L40S, 8.9, 46068, 4, 0, 33, 35.14, [N/A]', '8.9', 45],
  ['0, NVIDIA GH200 480GB, 9.0, 97871, 1, 0, 29, 87.90, Disabled', '9.0', 95.6],
  ['0, NVIDIA B200, 10.0, 183359, 4, 0, 31, 145.20, Disabled', '10.0', 179.1],
  ['0, NVIDIA B300 SXM6 AC, 10.3, 275040, 0, 0, 30, 160.00, Disabled', '10.3', 268.6],
  ['0, NVIDIA RTX PRO 6000 Blackwell Server Edition, 12.0, 97887, 3, 0, 30, 30.10, Disabled', '12.0', 95.6],
  ['0, Tesla T4, 7.5, 15360, 2, 0, 41, 9.80, [N/A]', '7.5', 15],
  ['0, Tesla V100-SXM2-16GB, 7.0, 16384, 0, 0, 37, 42.00, [N/A]', '7.0', 16],
  ['0, Tesla P100-PCIE-16GB, 6.0, 16384, 0, 0, 33, 27.51, [N/A]', '6.0', 16],
  ['0, NVIDIA GB10, 12.1, [N/A], [N/A], 0, 39, 4.50, [N/A]', '12.1', 0],
];

describe('the rows of each kind of GPU', () => {
  for (const [row, capability, gib] of ROWS) {
    it(row.split(',')[1]?.trim() ?? row, () => {
      const { gpus, isDivided } = parseNvidiaTable(`${row}\n`);
      assert.equal(gpus.length, 1);
      assert.equal(gpus[0]?.identity.compute_capability, capability);
      assert.equal(Math.round(((gpus[0]?.identity.memory_bytes ?? -1) / 2 ** 30) * 10) / 10, gib);
      assert.equal(isDivided, false);
    });
  }

  it('of a driver too old to tell a capability have the one that their name has', () => {
    const { gpus } = parseNvidiaTable('0, Tesla P100-PCIE-16GB, 16280, 0, 0, 33, 27.51\n', false);
    assert.equal(gpus[0]?.identity.compute_capability, '6.0');
    assert.equal(gpus[0]?.sample.power_w, 27.51);
  });
});

describe('a divided GPU', () => {
  const table = parseNvidiaTable(
    '0, NVIDIA H100 80GB HBM3, 9.0, 81559, 12, [N/A], 30, 75.00, Enabled\n1, NVIDIA H100 80GB HBM3, 9.0, 81559, 12, 5, 31, 80.00, Disabled\n',
  );
  const part = (total: string) =>
    `<mig_device><index>0</index><fb_memory_usage><total>${total}</total><reserved>0 MiB</reserved><used>14 MiB</used><free>1 MiB</free></fb_memory_usage><bar1_memory_usage><total>9 MiB</total></bar1_memory_usage></mig_device>`;
  const xml = (parts: string) => `<nvidia_smi_log>
    <gpu id="00000000:18:00.0"><product_name>NVIDIA H100 80GB HBM3</product_name><mig_mode><current_mig>Enabled</current_mig></mig_mode>
    <fb_memory_usage><total>81559 MiB</total></fb_memory_usage><mig_devices>${parts}</mig_devices></gpu>
    <gpu id="00000000:2A:00.0"><product_name>NVIDIA H100 80GB HBM3</product_name><mig_mode><current_mig>Disabled</current_mig></mig_mode><mig_devices>None</mig_devices></gpu></nvidia_smi_log>`;

  it('is its parts with their own memory; a whole one beside it stays whole', () => {
    assert.equal(table.isDivided, true);
    const gpus = parseNvidiaXml(xml(part('40192 MiB') + part('9856 MiB')), table.gpus);
    assert.deepEqual(
      gpus.map(({ identity }) => [identity.index, identity.memory_bytes / MIB, identity.compute_capability]),
      [
        [0, 40192, '9.0'],
        [1, 9856, '9.0'],
        [2, 81559, '9.0'],
      ],
    );
    assert.equal(gpus[0]?.sample.memory_used_bytes, 14 * MIB);
    assert.match(gpus[0]?.identity.name ?? '', /MIG/);
  });

  it('without parts is no GPU at all', () => {
    assert.equal(parseNvidiaXml(xml(''), table.gpus).length, 1);
  });
});

describe('a driver that does not work', () => {
  it('says what to do', () => {
    const mismatch =
      'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 580.95';
    assert.match(nvidiaProblem(mismatch) ?? '', /restart the machine/);
    const dead =
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.";
    assert.match(nvidiaProblem(dead) ?? '', /install the kernel headers/);
    const lost = 'Unable to determine the device handle for GPU0000:3D:00.0: Unknown Error';
    assert.match(nvidiaProblem(lost) ?? '', /no longer answers/);
    assert.match(nvidiaProblem('Failed to initialize NVML: Unknown Error') ?? '', /does not work/);
  });

  it('is none where there is no GPU', () => {
    assert.equal(nvidiaProblem('No devices were found'), undefined);
    assert.equal(nvidiaProblem(''), undefined);
  });
});

describe('the cards of rocm-smi', () => {
  const mi300 = {
    'Temperature (Sensor edge) (C)': 'N/A',
    'Temperature (Sensor junction) (C)': '45.0',
    'Current Socket Graphics Package Power (W)': '132.0',
    'GPU use (%)': '7',
    'VRAM Total Memory (B)': '206141652992',
    'VRAM Total Used Memory (B)': '297713664',
    'Card Series': 'AMD Instinct MI300X',
    'GFX Version': 'gfx942',
  };
  const mi210 = {
    'Temperature (Sensor edge) (C)': '38.0',
    'Average Graphics Package Power (W)': '41.0',
    'GPU use (%)': '0',
    'VRAM Total Memory (B)': '68702699520',
    'VRAM Total Used Memory (B)': '11468800',
    'Card series': 'AMD INSTINCT MI210',
    'Card SKU': 'D67301',
  };

  it('are read whatever their release calls the figures', () => {
    const text = `WARNING: AMD GPU device(s) is/are in a low-power state.\n${JSON.stringify({ card1: mi210, card0: mi300, system: { 'Driver version': '6.8.5' } })}\n`;
    const [first, second, ...others] = parseRocmJson(text);
    assert.deepEqual(others, []);
    assert.deepEqual(first?.identity, {
      index: 0,
      name: 'AMD Instinct MI300X (gfx942)',
      memory_bytes: 206141652992,
      compute_capability: null,
    });
    assert.equal(first?.sample.temperature_c, 45);
    assert.equal(first?.sample.power_w, 132);
    assert.equal(second?.identity.name, 'AMD INSTINCT MI210');
    assert.equal(second?.sample.power_w, 41);
  });

  it('are none in anything else', () => {
    for (const text of ['', 'ERROR: no AMD GPUs', '{', '{"system": {}}', '[]', '{"card0": null}', 'null']) {
      assert.deepEqual(parseRocmJson(text), []);
    }
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
