# Perl's Email::MIME. Usage: email_mime.pl FOLDER OUT
use strict; use warnings; use Email::MIME; use Email::Address::XS; use MIME::Base64; use JSON::PP;
my ($folder, $out) = @ARGV;
my $json = JSON::PP->new->latin1->canonical;
open(my $target, '>', $out) or die;
sub leaves {
    my ($entity, $found) = @_;
    my $type = eval { (Email::MIME::ContentType::parse_content_type($entity->content_type))} || {};
    my $kind = lc(($type->{type} // $type->{discrete} // '') . '/' . ($type->{subtype} // $type->{composite} // ''));
    my @below = grep { $_ != $entity } $entity->subparts;
    if (@below) { leaves($_, $found) for @below; return }
    # It leaves embedded messages to its caller.
    if ($kind eq 'message/rfc822') { leaves(Email::MIME->new($entity->body_raw), $found); return }
    my $data = $entity->body;
    my $name = $entity->filename;
    push @$found, {type => $kind, data => encode_base64($data, ''), names => defined $name ? [$name] : []};
}
for my $file (sort glob("$folder/*.eml")) {
    my ($id) = $file =~ /(\d+)\.eml$/;
    my $line = {id => $id};
    eval {
        local $SIG{ALRM} = sub { die "timeout\n" }; alarm 10;
        local $SIG{__WARN__} = sub { };
        open(my $in, '<:raw', $file) or die; local $/; my $text = <$in>;
        my $message = Email::MIME->new($text);
        my @found; leaves($message, \@found); $line->{parts} = \@found;
        my $from = $message->header('From');
        $line->{from} = [map { $_->address // '' } defined $from ? Email::Address::XS::parse_email_addresses($from) : ()];
        alarm 0;
    };
    $line->{error} = "$@" if $@;
    print $target $json->encode($line), "\n";
}
