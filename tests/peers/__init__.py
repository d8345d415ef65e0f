"""The far ends that channels are tested against: real servers, each started on a free port and gone afterwards."""
