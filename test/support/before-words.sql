ALTER TABLE streams RENAME COLUMN stream TO lane;
ALTER TABLE streams RENAME TO lanes;
ALTER TABLE checkpoints RENAME COLUMN alive_at TO heard_at;
ALTER TABLE inbox RENAME COLUMN arrived_revision TO position;
ALTER TABLE nodes RENAME COLUMN bus_id TO home;
DELETE FROM migrations WHERE name = '0017-words';
