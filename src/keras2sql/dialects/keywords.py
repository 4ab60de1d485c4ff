"""Words that at least one database keeps for itself: a name among them is always quoted.

One list for all dialects, so that a name looks the same everywhere; quoting one that did
not need it does no harm.
"""

_WORDS = """
abort abs absolute access accessible account action add admin after aggregate alias all allocate
allow alter always analyse analyze and anti any are array array_agg as asc asensitive asof
assertion asymmetric at atomic attach audit authorization auto_increment autoincrement avg backup
before begin between bigint binary bit blob boolean both breadth break browse bulk by cache call
called cardinality cascade cascaded case cast catalog ceil ceiling change char character check
checkpoint class clob close cluster clustered coalesce collate collation collect column columns
comment commit compress compute concurrently condition conflict connect connection constraint
constraints contains continue convert copy corr corresponding count create cross cube cume_dist
current current_catalog current_date current_default_transform_group current_path current_role
current_row current_schema current_time current_timestamp current_user cursor cycle data database
databases date datetime day dbcc deallocate dec decimal declare default deferrable deferred define
delayed delete dense_rank deny depth deref desc describe detach deterministic diagnostics
disconnect disk distinct distinctrow distributed div do domain double drop dual dump dynamic each
element else elseif empty enclosed end equals errlvl escape escaped every except exception exclude
exclusive exec execute exists exit exp explain external extract fail false fetch file fillfactor
filter final first first_value flashback float floor following for force foreign found frame_row
free freetext freeze from full fulltext function fusion general generated get glob global go goto
grant group grouping groups handler having high_priority hold holdlock hour identified identity if
ignore ilike immediate import in increment index indexed indicator initial initially inner inout
input insensitive insert instead int integer intersect intersection interval into io_after_gtids
is isnull isolation iterate join json_table key keys kill label lag lambda language large last
last_value lateral lead leading leave left level like limit linear lineno lines ln load local
localtime localtimestamp location lock log long longblob longtext loop lower macro map mask
master_bind match materialized max maxextents maxvalue measures mediumblob mediumint mediumtext
member merge method middleint min minus minute mlslabel mod mode modifies module month multiset
names national natural nchar nclob new next no noaudit nocheck nocompress nonclustered none
normalize not nothing notnull nowait nth_value ntile null nullif nulls number numeric object
octet_length of off offline offset offsets old on online only open opendatasource openquery
openrowset openxml operation operator optimize option optionally options or order ordinality
others out outer outfile over overlaps overlay overwrite pad parameter partial partition pctfree
percent percent_rank period pivot pivot_longer pivot_wider placing plan position positional power
pragma preceding precision prepare preserve primary print prior privileges proc procedure public
purge qualify query quote raise raiserror range rank raw read reads readtext real reconfigure
recursive ref references referencing regexp reindex relative release rename repeat replace
replication require resignal resource restore restrict result return returning revert revoke right
rlike rollback rollup row row_number rowcount rowguidcol rowid rownum rows rule save savepoint
schema schemas scroll search second section select semi sensitive separator session session_user
set setof setuser share show shutdown signal similar size smallint some source space specific sql
sqlexception sqlstate sqlwarning sqrt ssl start starting statement static statistics stored
straight_join struct submultiset subset substring successful sum summarize symmetric synonym
sysdate system system_user table tables tablesample temp temporary terminated textsize then ties
time timestamp timezone_hour timezone_minute tinyblob tinyint tinytext to top trailing tran
transaction translate translation treat trigger trim true truncate try_cast tsequal tuple uescape
uid unbounded undo union unique unknown unlock unnest unpack unpivot unsigned until update
updatetext upper usage use user using utc_date utc_time utc_timestamp vacuum validate value values
varbinary varchar varchar2 varcharacter variadic varying verbose view virtual waitfor when
whenever where while window with within without work write writetext xor year year_month zerofill
zone
"""

RESERVED = frozenset(_WORDS.split())
