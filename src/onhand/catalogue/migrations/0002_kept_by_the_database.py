"""What the database keeps of the catalogue: the words products are found by, stock as the sum of its moves, what is reserved of it."""

from typing import ClassVar

from django.db import migrations

WORDS = r"""
create function catalogue_folded(written text) returns text language sql immutable strict parallel safe
return regexp_replace(
  regexp_replace(replace(normalize(lower(written), NFKD), 'ß', 'ss'), '[\u0300-\u036f]+', '', 'g'), '[^[:alnum:]]+', ' ', 'g');
alter table catalogue_product add words tsvector generated always as (
  setweight(to_tsvector('pg_catalog.simple', catalogue_folded(code || ' ' || name)), 'A')
  || setweight(to_tsvector('pg_catalog.simple', catalogue_folded(brand)), 'B')
  || to_tsvector('pg_catalog.simple', catalogue_folded(left(description, 20000)))) stored;
create index product_by_words on catalogue_product using gin (words) with (fastupdate = off);
"""
# Rows of stock are locked in order by every statement that changes several, so that two of them never wait for one another.
MOVED = """
create function catalogue_stock_moved() returns trigger language plpgsql as $$
begin
  perform from catalogue_stock where id in (select stock_id from added) order by id for no key update;
  update catalogue_stock s set on_hand = s.on_hand + m.pieces
    from (select stock_id, sum(pieces) as pieces from added group by stock_id) m where s.id = m.stock_id;
  return null;
end $$;
create trigger catalogue_stock_moved after insert on catalogue_stockmove
  referencing new table as added for each statement execute function catalogue_stock_moved();
create trigger catalogue_stockmove_never_changed before update or delete on catalogue_stockmove
  for each row execute function kernel_refuse_change();
"""
RESERVED = """
create function catalogue_reserved_more() returns trigger language plpgsql as $$
begin
  perform from catalogue_stock where id in (select stock_id from added) order by id for no key update;
  update catalogue_stock s set reserved = s.reserved + r.pieces
    from (select stock_id, sum(pieces) as pieces from added where state = 'open' group by stock_id) r where s.id = r.stock_id;
  return null;
end $$;
create trigger catalogue_reserved_more after insert on catalogue_reservation
  referencing new table as added for each statement execute function catalogue_reserved_more();
create function catalogue_reserved_changed() returns trigger language plpgsql as $$
begin
  perform from catalogue_stock where id in (select stock_id from was union select stock_id from now) order by id for no key update;
  update catalogue_stock s set reserved = s.reserved + d.pieces
    from (select stock_id, sum(pieces) as pieces from (
        select stock_id, pieces from now where state = 'open' union all select stock_id, -pieces from was where state = 'open') c
      group by stock_id having sum(pieces) <> 0) d where s.id = d.stock_id;
  return null;
end $$;
create trigger catalogue_reserved_changed after update on catalogue_reservation
  referencing old table as was new table as now for each statement execute function catalogue_reserved_changed();
create function catalogue_reservation_gone() returns trigger language plpgsql as $$
begin
  if old.state = 'open' then
    update catalogue_stock set reserved = reserved - old.pieces where id = old.stock_id;
  end if;
  return null;
end $$;
create trigger catalogue_reservation_gone after delete on catalogue_reservation
  for each row execute function catalogue_reservation_gone();
"""
BACK = """
drop trigger catalogue_reservation_gone on catalogue_reservation;
drop function catalogue_reservation_gone();
drop trigger catalogue_reserved_changed on catalogue_reservation;
drop function catalogue_reserved_changed();
drop trigger catalogue_reserved_more on catalogue_reservation;
drop function catalogue_reserved_more();
drop trigger catalogue_stockmove_never_changed on catalogue_stockmove;
drop trigger catalogue_stock_moved on catalogue_stockmove;
drop function catalogue_stock_moved();
drop index product_by_words;
alter table catalogue_product drop column words;
drop function catalogue_folded(text);
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("catalogue", "0001_what_is_sold"), ("kernel", "0002_append_only")]
    operations: ClassVar = [migrations.RunSQL(WORDS + MOVED + RESERVED, BACK)]
