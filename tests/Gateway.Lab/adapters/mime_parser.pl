# Perl's MIME::Parser (MIME-tools). Usage: mime_parser.pl FOLDER OUT
use strict; use warnings; use MIME::Parser; use Mail::Address; use MIME::Base64; use JSON::PP;
my ($folder, $out) = @ARGV;
my $json = JSON::PP->new->latin1->canonical;
open(my $target, '>', $out) or die;
sub leaves {
    my ($entity, $found) = @_;
    if ($entity->parts) { leaves($_, $found) for $entity->parts; return }
    my $body = $entity->bodyhandle;
    my $data = defined $body ? $body->as_string : '';
    my $name = $entity->head->recommended_filename;
    push @$found, {type => $entity->effective_type, data => encode_base64($data, ''), names => defined $name ? [$name] : []};
}
for my $file (sort glob("$folder/*.eml")) {
    my ($id) = $file =~ /(\d+)\.eml$/;
    my $line = {id => $id};
    eval {
        local $SIG{ALRM} = sub { die "timeout\n" }; alarm 10;
        my $parser = MIME::Parser->new;
        $parser->output_to_core(1); $parser->tmp_to_core(1); $parser->extract_nested_messages(1); $parser->ignore_errors(1);
        my $entity = $parser->parse_open($file);
        my @found; leaves($entity, \@found); $line->{parts} = \@found;
        my $from = $entity->head->get('From', 0);
        $line->{from} = [map { $_->address } defined $from ? Mail::Address->parse($from) : ()];
        alarm 0;
    };
    $line->{error} = "$@" if $@;
    print $target $json->encode($line), "\n";
}
