-- A chat project that is over is put away and not deleted: its conversations stay in it, and nothing new goes in.
alter table workbench_projects add column archived_at timestamptz;
