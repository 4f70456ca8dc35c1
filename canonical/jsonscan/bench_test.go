package jsonscan_test

import (
	"bytes"
	"fmt"
	"testing"

	"iocgateway/canonical/jsonscan"
)

// dossier is a record of about 1 KB, as a public service system gives them.
func dossier(i int) string {
	return fmt.Sprintf(`{"id":"60e409823dfc9609723e%04x","code":"000.00.53.H48-2603%02d-%04d","applicant":{"data":{"fullname":"Nguyễn Thị Hồng Phượng %d",`+
		`"identityNumber":"05119%07d","phoneNumber":"+849050%05d","address":"Tổ dân phố 3, phường Trần Phú, tỉnh Quảng Ngãi","gender":1}},`+
		`"procedure":{"id":"5fe1","code":"1.001612.000.00.00.H48","translate":[{"languageId":228,"name":"Đăng ký thành lập hộ kinh doanh"}]},`+
		`"agency":{"id":"6001","code":"000.00.53.H48","name":[{"languageId":228,"name":"Ủy ban nhân dân huyện Bình Sơn"}],"parent":{"id":"6000"}},`+
		`"dossierStatus":{"id":2,"name":"Đang xử lý"},"dossierTaskStatus":{"id":"60ebf17309cbf91d41f87f8e","name":[{"languageId":228,"name":"Chờ thẩm định"}]},`+
		`"appliedDate":"2026-03-01T02:00:00.000+0000","acceptedDate":"2026-03-01T10:00:00.000+0700","appointmentDate":"2026-03-06T10:00:00.000+0700",`+
		`"updatedDate":"2026-03-02T09:%02d:%02d.000+0700","applyMethod":{"id":1,"name":"Trực tuyến"},"task":[{"id":"t1","isCurrent":1}]}`,
		i, i%28+1, i, i, i, i, i/60%60, i%60)
}

func page(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"content":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(dossier(i))
	}
	b.WriteString(`],"totalElements":200000,"last":false}`)
	return b.Bytes()
}

// BenchmarkCut cuts a page of 500 records of 1 KB.
func BenchmarkCut(b *testing.B) {
	body := page(500)
	envelope, record := jsonscan.NewTrie(), jsonscan.NewTrie()
	envelope.WantRecords("content")
	envelope.Want("totalElements")
	record.Want("id")
	record.Want("updatedDate")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		rows := 0
		c := jsonscan.NewCutter(envelope, record, func(int, []byte) error { rows++; return nil })
		if err := c.JSON(body); err != nil || rows != 500 {
			b.Fatal(rows, err)
		}
	}
}

// BenchmarkScan finds a dozen values in a record of 1 KB.
func BenchmarkScan(b *testing.B) {
	body, t := []byte(dossier(7)), jsonscan.NewTrie()
	for _, path := range []string{
		"id", "code", "applicant.data.fullname", "applicant.data.phoneNumber", "procedure.code", "procedure.translate.0.name",
		"agency.code", "agency.name.0.name", "dossierStatus.id", "appliedDate", "appointmentDate", "updatedDate",
	} {
		t.Want(path)
	}
	var s jsonscan.Scanner
	slots := make([]jsonscan.Value, t.Slots())
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if s.Scan(t, body, slots) != jsonscan.Sound {
			b.Fatal("not sound")
		}
	}
}
