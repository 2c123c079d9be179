try_cast('1,5' as decimal(12,2))
try_cast(' 7 ' as int)
try_cast('7.9' as int)
try_cast('7.9' as bigint)
try_cast('+7' as int)
try_cast('1e3' as int)
try_cast('1_000' as int)
try_cast('0x10' as int)
try_cast('99999999999' as int)
try_cast('1.005' as decimal(12,2))
try_cast('-1.005' as decimal(12,2))
try_cast('12345678901.5' as decimal(12,2))
try_cast('.5' as decimal(12,2))
try_cast('5.' as decimal(12,2))
try_cast('' as int)
try_cast('NaN' as double)
try_cast('nan' as double)
try_cast('inf' as double)
try_cast('Infinity' as double)
try_cast(' 1.5 ' as double)
try_cast('2017-01-02' as timestamp)
try_cast('2017-01-02 03:04:05' as timestamp)
try_cast('2017-01-02T03:04:05Z' as timestamp)
try_cast('2017-01-02T03:04:05+02:00' as timestamp)
try_cast('2017-01-02 03:04:05.123456789' as timestamp)
try_cast('2017-1-2 3:4:5' as timestamp)
try_cast('2017-01-02 24:00:00' as timestamp)
try_cast('02.01.2017' as date)
try_cast('2017-1-2' as date)
try_cast('2017-01' as date)
try_cast('2017' as date)
try_cast('2017-02-30' as date)
try_cast('2017-01-02 03:04:05' as date)
try_cast('yes' as boolean)
try_cast('t' as boolean)
try_cast('1' as boolean)
try_cast('TRUE' as boolean)
try_cast(2.5D as int)
try_cast(-2.5D as int)
try_cast(1e20D as bigint)
cast(0.1D as string)
cast(100.0D as string)
cast(cast(1.10 as decimal(12,2)) as string)
cast(cast(0 as decimal(12,2)) as string)
cast(cast('NaN' as double) as string)
cast(-0.0D as string)
cast(timestamp'2017-01-02 03:04:05.100' as string)
cast(timestamp'2017-01-02 00:00:00' as string)
cast(true as string)
cast(0.0000005D as decimal(38,6))
cast(2.5D as decimal(10,0))
cast(3.5D as decimal(10,0))
round(2.5D)
round(-2.5D)
round(2.675D, 2)
round(cast(2.345 as decimal(10,3)), 2)
bround(2.5D)
cast(10 as decimal(12,2)) * cast(3 as decimal(12,2))
10 / 4
10 / 3
1 / 0
1 % 0
-7 % 3
pmod(-7, 3)
7 div 2
-7 div 2
cast(2147483648 as int)
xxhash64('a')
xxhash64(1)
xxhash64(1L)
xxhash64(cast(1.10 as decimal(12,2)))
xxhash64(cast(null as string))
xxhash64(date'2017-01-02')
xxhash64(-0.0D)
xxhash64(0.0D)
hash('a')
md5('a')
sha2('a', 256)
crc32('a')
upper('straße')
lower('İ')
length('🙂')
reverse('a🙂')
substring('hello', 0, 2)
substring('hello', -2, 2)
'a' = 'a '
'a' < 'B'
'Z' < 'ä'
concat_ws(',', 'a', null, 'b')
concat('a', null)
split('a,b,,', ',')
split_part('a,b', ',', 5)
regexp_replace('aXbX', 'X', '-')
regexp_extract('ab12', '([0-9]+)', 1)
regexp_extract('ab', '([0-9]+)', 1)
'abc' rlike '^a.c$'
'x' like 'X'
levenshtein('kitten', 'sitting')
soundex('Robert')
format_number(1234567.891, 2)
lpad('7', 3, '0')
translate('abc', 'ab', 'x')
to_date('2017-01-02')
to_date('02/01/2017', 'dd/MM/yyyy')
to_timestamp('2017-01-02 03:04', 'yyyy-MM-dd HH:mm')
date_format(timestamp'2017-01-02 03:04:05', 'yyyy-MM-dd HH:mm:ss')
date_format(date'2017-01-01', 'EEEE')
date_format(date'2017-01-01', 'w')
dayofweek(date'2017-01-01')
weekofyear(date'2017-01-01')
date_trunc('week', timestamp'2017-01-01 05:00:00')
trunc(date'2017-01-05', 'week')
date_add(date'2017-01-31', 1)
add_months(date'2017-01-31', 1)
months_between(date'2017-03-31', date'2017-02-28')
datediff(date'2017-03-01', date'2017-02-28')
unix_timestamp(timestamp'2017-01-02 03:04:05')
from_unixtime(0)
timestamp'2017-01-02 03:04:05' + interval 1 month
timestamp'2017-01-02 03:04:05' - timestamp'2017-01-01 03:04:05'
extract(second from timestamp'2017-01-02 03:04:05.5')
to_json(struct('a' as a, null as b))
to_json(struct(1.0D as a))
to_json(struct(date'2017-01-02' as a))
to_json(struct(cast('NaN' as double) as a))
to_json(map('a', 1))
to_json(array(1, null))
from_json('{"a":"1"}', 'a int')
from_json('{"a":1}', 'a string')
from_json('{"a":1', 'a int')
from_json('{"A":1}', 'a int')
from_json('{"a":1.5}', 'a int')
from_json('{"a":null}', 'a int')
get_json_object('{"a":"x"}', '$.a')
get_json_object('{"a":{"b":1}}', '$.a')
get_json_object('{"a":null}', '$.a')
get_json_object('{"a b":1}', '$.a b')
greatest(1, null, 3)
least(cast('NaN' as double), 1.0D)
greatest(cast('NaN' as double), 1.0D)
cast('NaN' as double) = cast('NaN' as double)
cast('NaN' as double) > 1e308D
-0.0D = 0.0D
nullif(1, 1)
coalesce(null, 1)
if(null, 1, 2)
null and false
null = null
null <=> null
1 in (2, null)
array(1,2)[5]
try_element_at(array(1,2), 5)
element_at(array(1,2), 5)
element_at(map('a', 1), 'b')
map('a', 1)['b']
size(cast(null as array<int>))
sort_array(array(3, null, 1))
array_distinct(array(1, 1, null, null))
array_max(array(1.0D, cast('NaN' as double)))
sequence(1, 3)
explode(array(1,2))
array_join(array('a', null, 'b'), ',')
struct(1 as a, 'x' as b)
bit_count(7)
shiftleft(1, 33)
hex('a')
unhex('6')
base64('a')
char(65)
ascii('')
ascii('é')
nanvl(cast('NaN' as double), 1.0D)
sqrt(-1.0D)
ln(0.0D)
power(2, 0.5D)
log10(1000.0D)
cast('a' as int)
width_bucket(5.3, 0.2, 10.6, 5)
ceil(2.1D)
floor(-2.1D)
ceil(cast(2.1 as decimal(12,2)))
typeof(ceil(2.1D))
typeof(10/4)
typeof(1.5)
typeof(sum(cast(1 as int)))
typeof(sum(cast(1.1 as decimal(12,2))))
typeof(avg(cast(1.1 as decimal(12,2))))
typeof(avg(1))
typeof(count(1))
typeof(cast(1.1 as decimal(12,2)) * cast(3 as bigint))
typeof(length('a'))
typeof(round(2.5D))
typeof(size(array(1)))
typeof(dayofweek(date'2017-01-02'))
typeof(unix_timestamp(timestamp'2017-01-02 03:04:05'))
sum(k) from t
avg(k) from t
min(d) from t
max(d) from t
count(s) from t
count(distinct s) from t
count(distinct k, s) from t
count(distinct d) from t
min_by(s, k) from t
stddev(k) from t
stddev_pop(k) from t
variance(k) from t
percentile(k, 0.5) from t
median(k) from t
mode(s) from t
approx_count_distinct(s) from t
bool_and(k > 0) from t
bool_or(k > 1) from t
try_sum(cast(k as decimal(38,0)) * 100) from t
try_avg(k) from t
skewness(k) from t
kurtosis(k) from t
sum(distinct k) from t
grouping(k) from t
count_if(k > 1) from t
every(k>0) from t
bit_and(k) from t
regr_slope(k, d) from t
