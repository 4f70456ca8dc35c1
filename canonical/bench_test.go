package canonical_test

import (
	"testing"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
)

func BenchmarkValidate(b *testing.B) {
	d := filled(b, canonical.KindDossier)
	b.ReportAllocs()
	for b.Loop() {
		if err := canonical.Validate(d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	d := filled(b, canonical.KindDossier)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := canonical.Encode(d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIndexAndTimeliness(b *testing.B) {
	d, now := filled(b, canonical.KindDossier), time.Now()
	b.ReportAllocs()
	for b.Loop() {
		_ = canonical.Timeliness(canonical.IndexOf(d, now), canonical.KindDossier, now)
	}
}

func BenchmarkApply(b *testing.B) {
	p := privacy.DefaultPolicy()
	b.ReportAllocs()
	for b.Loop() {
		d := canonical.Dossier{Applicant: &canonical.Applicant{Name: "Nguyễn Văn An", Phone: "0912 345 412", IDNumber: "051090012412"},
			Subject: "Đề nghị cấp đổi giấy phép, liên hệ 0912345412"}
		canonical.Protect(p, &d)
	}
}

// BenchmarkValidateUsual is a dossier as sources usually send it.
func BenchmarkValidateUsual(b *testing.B) {
	at := canonical.Time{Time: time.Now()}
	d := &canonical.Dossier{
		Common: canonical.Common{ID: "dossier:dvc:1", Kind: canonical.KindDossier, Status: "processing", DueAt: at, DuePrecision: "day",
			Codes: []canonical.Identifier{{System: "dvc", Value: "000.00.53.H48-220921-0099"}}, Agency: &canonical.Agency{ID: "H48.53"}},
		Procedure: &canonical.Procedure{Code: "1.001612"}, Applicant: &canonical.Applicant{Type: "person", Name: "Nguyễn Văn An"},
		SubmittedAt: at, ReceivedAt: at,
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := canonical.Validate(d); err != nil {
			b.Fatal(err)
		}
	}
}
