/**
 * The least that a table of the same rows can be: fetched from the same list, drawn by the same virtualiser, each cell
 * a text. What the dashboard's list costs is measured against it (`make bench-web`).
 */
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type Dispatch, type SetStateAction, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import type { InstanceView } from '#contracts/instances.ts';

const ROW_HEIGHT_PX = 68;
const SORTS = ['-created_at', 'created_at', 'name', '-name', 'price', '-price'];
const STATES = ['', 'terminated', 'archived'];

interface Rows {
  data: InstanceView[];
  total: number;
}

/** States as events tell them, a few times a second as any table of live rows does. */
function useLiveStates(setRows: Dispatch<SetStateAction<Rows>>): void {
  useEffect(() => {
    const stream = new EventSource('/api/v1/events');
    let changed = new Map<string, InstanceView['state']>();
    stream.addEventListener('instance.changed', (event) => {
      if (changed.size === 0) setTimeout(apply, 250);
      const { subject_id: id, summary } = JSON.parse(event.data);
      changed.set(id, summary.state);
    });
    const apply = () => {
      const states = changed;
      changed = new Map();
      setRows((old) => ({
        ...old,
        data: old.data.map((row) => ({ ...row, state: states.get(row.id) ?? row.state })),
      }));
    };
    return () => stream.close();
  }, [setRows]);
}

function BareTable() {
  const [sort, setSort] = useState('-created_at');
  const [state, setState] = useState('');
  const [rows, setRows] = useState<Rows>({ data: [], total: 0 });
  useEffect(() => {
    const query = `limit=200&ended=true&include_archived=true&sort=${sort}${state === '' ? '' : `&state=${state}`}`;
    void fetch(`/api/v1/instances?${query}`)
      .then((answer) => answer.json())
      .then(setRows);
  }, [sort, state]);
  useLiveStates(setRows);
  const virtualizer = useWindowVirtualizer({
    count: rows.total,
    estimateSize: () => ROW_HEIGHT_PX,
    overscan: 8,
    scrollMargin: 0,
  });
  return (
    <>
      <select data-testid="bare-sort" value={sort} onChange={(event) => setSort(event.target.value)}>
        {SORTS.map((value) => (
          <option key={value}>{value}</option>
        ))}
      </select>
      <select data-testid="filter-state" value={state} onChange={(event) => setState(event.target.value)}>
        {STATES.map((value) => (
          <option key={value}>{value}</option>
        ))}
      </select>
      <table style={{ display: 'block' }}>
        <tbody style={{ display: 'block', position: 'relative', height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const row = rows.data[index];
            return (
              row && (
                <tr
                  key={row.id}
                  data-testid={`instance-row-${row.id}`}
                  style={{ position: 'absolute', transform: `translateY(${start}px)` }}
                >
                  <td>{row.name}</td>
                  <td>{row.model}</td>
                  <td>{row.instance_type}</td>
                  <td>{row.zone}</td>
                  <td>{row.state}</td>
                  <td>{row.price_micros_per_hour}</td>
                  <td>{row.created_at}</td>
                </tr>
              )
            );
          })}
        </tbody>
      </table>
    </>
  );
}

createRoot(document.body.appendChild(document.createElement('div'))).render(<BareTable />);
