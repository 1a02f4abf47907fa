#!/usr/bin/perl

# The language that visitors are spoken to in, and an operator's own texts.

use warnings;
use strict;

use FindBin;
use lib "$FindBin::Bin/lib";

use ConsentTest;
use Test::More;

my $t = ConsentTest->new();

my $frame = '<iframe src="https://video.test/embed/x"></iframe>';

$t->write_file('html/plain.html', "<!doctype html><title>x</title>$frame");
$t->write_file('html/fr.html', "<!doctype html><html lang=fr><title>x</title>"
                               . "<body>$frame");
$t->write_file('html/ar.html', '<!doctype html><html lang="ar-EG" dir=rtl>');
$t->write_file('html/latin1.html', '<!doctype html><html lang=uk>'
                                   . '<meta charset=iso-8859-1><p>x');
$t->write_file('html/sr.html', '<!doctype html><html lang="sr">');
$t->write_file('html/base.html', '<!doctype html><html lang="it">'
                                 . '<base href="https://cdn.example/"><p>x');

$t->write_file('texts/1.json', '{ "lang": "de",
    "texts": { "ask_title": "Sie entscheiden" },
    "purposes": { "analytics": { "title": "Zahlen & Fakten",
                                 "example": "Zum Beispiel <hier>" } } }');
$t->write_file('texts/2.json', '{ "lang": "sr", "language": "Srpski",
    "texts": { "accept": "Prihvati sve" } }');
$t->write_file('sr.json', '{ "lang": "sr", "texts": { "accept": "Da" } }');

$t->run(<<'END_CONF');
    consent_rules %%RULES%%;
    consent_zone test:1m;

    map $arg_hl $hl { default $arg_hl; }

    server {
        listen %%LISTEN%%;
        server_name www.site.example;
        root %%DIR%%/html;
        consent enforce;
        consent_record %%DIR%%/records;

        location /said/ {
            alias %%DIR%%/html/;
            add_header Content-Language pl;
        }

        location /said-two/ {
            alias %%DIR%%/html/;
            add_header Content-Language "pl, cs";
        }
    }

    server {
        listen %%LISTEN%%;
        server_name page.example;
        root %%DIR%%/html;
        consent enforce;
        consent_language page fi browser;
        consent_csp off;
    }

    server {
        listen %%LISTEN%%;
        server_name fixed.example;
        root %%DIR%%/html;
        consent enforce;
        consent_language $hl pt-br;

        location /browser/ {
            alias %%DIR%%/html/;
            consent_language browser;
        }
    }

    server {
        listen %%LISTEN%%;
        server_name own.example;
        root %%DIR%%/html;
        consent enforce;
        consent_texts %%DIR%%/texts/*.json;

        location /other/ {
            alias %%DIR%%/html/;
            consent_texts %%DIR%%/sr.json;
            consent_language sr;
        }
    }
END_CONF


# The page at a host, asked for in a language.

sub page {
    my ($path, %o) = @_;

    return $t->get($path, 'Sec-Fetch-Dest' => 'document',
                   $o{lang} ? ('Accept-Language' => $o{lang}) : (),
                   $o{host} ? (Host => $o{host}) : ())->{body};
}


sub banner {
    my ($body) = @_;

    return join ' ', $body =~ /<privacy-choices lang="([^"]*)" dir="(\w+)"/;
}


# The page's own language comes first, then the browser's.

is(banner(page('/plain.html')), 'en ltr', 'none is said: English');
is(banner(page('/plain.html', lang => 'sv, de;q=0.5')), 'sv ltr',
   "the browser's");
is(banner(page('/fr.html', lang => 'sv')), 'fr ltr', "the page's own");
is(banner(page('/ar.html', lang => 'sv')), 'ar rtl', '... from right to left');
is(banner(page('/sr.html', lang => 'sv')), 'sv ltr',
   "of the page's we have none");
is(banner(page('/base.html', lang => 'sv')), 'it ltr',
   'with a base elsewhere, too');
is(banner(page('/said/plain.html', lang => 'sv')), 'pl ltr',
   "the header's, where the page says none");
is(banner(page('/said/fr.html', lang => 'sv')), 'fr ltr',
   '... the page is nearer');
is(banner(page('/said-two/plain.html', lang => 'sv')), 'sv ltr',
   'two in a header are none');

my $latin = page('/latin1.html', lang => 'sv');

is(banner($latin), 'uk ltr', 'in a page of another charset');
like($latin, qr/&#1055;&#1088;/, '... its letters are there');
unlike($latin, qr/[^\x00-\x7f]/, '... in what it has');

like(page('/fr.html'), qr/Tout refuser/, 'the words are in that language');
unlike(page('/fr.html'), qr/Reject all|Alle ablehnen/, '... and no other');


# Pages of ours are told, where they could not know.

my $fr = page('/fr.html', lang => 'sv');

like($fr, qr{href="/privacy-choices/\?return=%2Ffr\.html&amp;lang=fr"},
     'the link to the settings');
like($fr, qr{action="/privacy-choices/choice\?lang=fr"}, '... the form');
like($fr, qr{/placeholder\?[^"]*&amp;lang=fr"}, '... the placeholder');

my $same = page('/fr.html', lang => 'fr-CA, en');

unlike($same, qr{choice\?lang|html&amp;lang}, 'nobody is told what they know');

my $centre = page('/privacy-choices/?return=%2Ffr.html&lang=fr',
                  lang => 'sv');

like($centre, qr/<html lang="fr" dir="ltr"/, 'the settings are in it');
like($centre, qr{action="/privacy-choices/choice\?lang=fr"},
     '... and hand it on');
like(page('/privacy-choices/', lang => 'sv'), qr/<html lang="sv"/,
     'without it, the browser decides');
like(page('/privacy-choices/?lang=zz', lang => 'sv'), qr/<html lang="sv"/,
     '... and where it is none of ours');
like(page('/privacy-choices/?lang=%22%3E%3Cb%3E', lang => 'sv'),
     qr/<html lang="sv"/, '... or none at all');
like(page('/privacy-choices/?saved=1&lang=he'),
     qr/<html lang="he" dir="rtl"/, 'Hebrew, from the right');
like(page('/privacy-choices/placeholder?service=video&lang=th'),
     qr/<html lang="th"/, 'a placeholder');

my $made = $t->request('POST', '/privacy-choices/choice?lang=fr',
    'action=accept', Origin => $t->origin(), 'Accept-Language' => 'sv',
    'Content-Type' => 'application/x-www-form-urlencoded');

is($made->{status}, 303, 'a choice is made');
like($t->read_file('records'), qr/"lang":"fr"/,
     'its record says in which language it was asked for');


# By directive.

is(banner(page('/fr.html', host => 'page.example', lang => 'sv')), 'fr ltr',
   'page before a language');
is(banner(page('/plain.html', host => 'page.example', lang => 'sv')),
   'fi ltr', 'a language before the browser');
is(banner(page('/fr.html', host => 'fixed.example', lang => 'sv')),
   'pt-BR ltr', 'a language alone');
is(banner(page('/fr.html?hl=ko', host => 'fixed.example', lang => 'sv')),
   'ko ltr', 'a variable');
is(banner(page('/fr.html?hl=xx', host => 'fixed.example', lang => 'sv')),
   'pt-BR ltr', '... that says nothing');
is(banner(page('/browser/fr.html', host => 'fixed.example', lang => 'sv')),
   'sv ltr', 'further inside wins');
is(banner(page('/browser/fr.html', host => 'fixed.example', lang => 'xx')),
   'en ltr', 'and English is the last resort');
unlike(page('/fr.html?hl=ko', host => 'fixed.example', lang => 'sv'),
       qr/choice\?lang/, 'no page is told what a directive says');


# An operator's own texts.

my $own = page('/plain.html', host => 'own.example', lang => 'de');

like($own, qr/>Sie entscheiden</, 'a text of ours');
like($own, qr/>Alle ablehnen</, '... the rest stays');
like($own, qr/<li>Zahlen &amp; Fakten</, '... that of a purpose');
like(page('/privacy-choices/', host => 'own.example', lang => 'de'),
     qr/>Zahlen &amp; Fakten</, '... in the settings');
like($t->get('/privacy-choices/services', Host => 'own.example',
             'Accept-Language' => 'de')->{body},
     qr/"title":"Zahlen & Fakten"/, '... and in JSON');

my @examples = page('/privacy-choices/', host => 'own.example', lang => 'de')
               =~ m{<p class="example">([^<]*)</p>}g;

is_deeply(\@examples, [ 'Zum Beispiel &lt;hier&gt;' ],
          'an example of what changes, where there is one');
like($t->get('/privacy-choices/services', Host => 'own.example',
             'Accept-Language' => 'de')->{body},
     qr/"example":"Zum Beispiel (?:<|\\u003c)hier/, '... and in JSON');
unlike(page('/plain.html', lang => 'de'), qr/Sie entscheiden<|Zahlen/,
       'other servers have theirs');

my $sr = page('/sr.html', host => 'own.example', lang => 'de');

is(banner($sr), 'sr ltr', 'a language of ours');
like($sr, qr/>Prihvati sve</, '... its texts');
like($sr, qr/>Reject all</, '... and English ones where it has none');
like(page('/other/plain.html', host => 'own.example', lang => 'de'),
     qr/>Da</, 'further inside there are others');


# What nginx -t says.

sub refused {
    my ($name, $directives, $pattern) = @_;

    my ($ok, $said) = $t->check_conf(<<"END_CONF");
    consent_rules %%RULES%%;
    server { listen %%LISTEN%%; consent enforce; $directives }
END_CONF

    ok(!$ok, "$name: refused");
    like($said, $pattern, "$name: says where and what");
}


$t->write_file('bad.json', qq({ "lang": "de",\n  "texts": { "acept": "x" } }));

refused('a text that there is none of', 'consent_texts %%DIR%%/bad.json;',
        qr/bad\.json:2:14: unknown text "acept"; did you mean "accept"\?/);
refused('a file that is not there', 'consent_texts %%DIR%%/gone.json;',
        qr/gone\.json: cannot read the file/);
refused('a glob of nothing', 'consent_texts %%DIR%%/gone/*.json;',
        qr/no file matches this pattern/);
refused('a language without texts', 'consent_language page xx;',
        qr/there are no texts in "xx": expected "page", "browser"/);
refused('a variable that is none', 'consent_language $nothing_at_all;',
        qr/unknown "nothing_at_all" variable/);
refused('it twice', 'consent_language page; consent_language en;',
        qr/is duplicate/);

$t->done();
