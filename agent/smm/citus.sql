-- SMM ePlus on more than one PostgreSQL server, with the Citus extension.
--
-- Run it once on the coordinator, after `eplus smm migrate` on an empty database and before anything comes in:
--
--     psql "$DATABASE" --single-transaction --file citus.sql
--
-- Every large table is distributed by the meter's serial number: all rows of a meter are on one server, so that the
-- intake of an envelope is a transaction on one server. Small tables that every query needs are copied to each server.
--
-- What is given up: PostgreSQL then enforces uniqueness only within a meter. Keys of envelopes and ids of tokens are
-- random and so stay unique; for a POD the import searches all meters, one import at a time.

-- ── small tables, copied to every server ──
SELECT create_reference_table('users');
SELECT create_reference_table('devices');
SELECT create_reference_table('system_settings');
SELECT create_reference_table('profile_channels');

-- ── keys that include the meter ──
ALTER TABLE readings DROP CONSTRAINT readings_execution_key_fkey;
ALTER TABLE undecided_outcomes DROP CONSTRAINT undecided_outcomes_execution_key_fkey;
ALTER TABLE undecided_outcomes DROP CONSTRAINT undecided_outcomes_work_order_id_fkey;
ALTER TABLE executions DROP CONSTRAINT executions_work_order_id_fkey;

ALTER TABLE meters DROP CONSTRAINT meters_pod_key;
CREATE INDEX ix_meters_pod ON meters (pod);

ALTER TABLE work_orders DROP CONSTRAINT work_orders_pkey;
ALTER TABLE work_orders ADD PRIMARY KEY (serial, id);
CREATE INDEX ix_work_orders_id ON work_orders (id);
ALTER TABLE work_orders DROP CONSTRAINT uq_work_orders_token_id;
ALTER TABLE work_orders ADD CONSTRAINT uq_work_orders_token_id UNIQUE (serial, token_id);

ALTER TABLE executions DROP CONSTRAINT executions_pkey;
ALTER TABLE executions ADD PRIMARY KEY (serial, key);

ALTER TABLE readings DROP CONSTRAINT readings_pkey;
ALTER TABLE readings ADD PRIMARY KEY (serial, id);
ALTER TABLE readings DROP CONSTRAINT readings_execution_key_key;
ALTER TABLE readings ADD CONSTRAINT readings_execution_key_key UNIQUE (serial, execution_key);

ALTER TABLE undecided_outcomes DROP CONSTRAINT undecided_outcomes_pkey;
ALTER TABLE undecided_outcomes ADD PRIMARY KEY (serial, id);
ALTER TABLE undecided_outcomes DROP CONSTRAINT undecided_outcomes_execution_key_key;
ALTER TABLE undecided_outcomes ADD CONSTRAINT undecided_outcomes_execution_key_key UNIQUE (serial, execution_key);

-- ── large tables, distributed by meter ──
SELECT create_distributed_table('meters', 'serial');
SELECT create_distributed_table('departures', 'serial', colocate_with => 'meters');
SELECT create_distributed_table('last_readings', 'serial', colocate_with => 'meters');
SELECT create_distributed_table('meter_facts', 'serial', colocate_with => 'meters');
SELECT create_distributed_table('work_orders', 'serial', colocate_with => 'meters');
SELECT create_distributed_table('executions', 'serial', colocate_with => 'meters');
SELECT create_distributed_table('readings', 'serial', colocate_with => 'meters');
SELECT create_distributed_table('undecided_outcomes', 'serial', colocate_with => 'meters');
SELECT create_distributed_table('profile_rows', 'serial', colocate_with => 'meters');

-- ── foreign keys between tables of one meter ──
ALTER TABLE executions ADD FOREIGN KEY (serial, work_order_id) REFERENCES work_orders (serial, id);
ALTER TABLE readings ADD FOREIGN KEY (serial, execution_key) REFERENCES executions (serial, key);
ALTER TABLE undecided_outcomes ADD FOREIGN KEY (serial, execution_key) REFERENCES executions (serial, key);
ALTER TABLE undecided_outcomes ADD FOREIGN KEY (serial, work_order_id) REFERENCES work_orders (serial, id);

-- `events` stays on the coordinator, because its order is that of one server's transactions; so do audit, sessions and
-- counts.
