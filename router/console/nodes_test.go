package console

import (
	"context"
	"testing"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/health"
)

// among is the console of a node among others, which pushes to two sinks.
func among(tb testing.TB) *Console {
	tb.Helper()
	c, err := New(Options{View: memView{}, Streams: memStreams{}, Now: func() time.Time { return at("10:42:07") }, Title: "Tỉnh Quảng Ngãi",
		Version: "1.0",
		Cluster: func(context.Context) (health.Cluster, error) {
			return health.Cluster{Node: "serve-1", Engine: "kafka", View: &health.ViewReport{Behind: 1200, NotSince: at("10:40:00")},
				Sharing: &health.SharingReport{Streams: 14, Free: 2}, Problems: []problem.Problem{{Code: "GW-L001", Value: "redis:6379"}},
				Nodes: []health.NodeReport{{Name: "serve-1", Roles: []string{"serve"}, Started: at("07:00:00"), Version: "1.0"},
					{Name: "work-1", Roles: []string{"work"}, Started: at("07:00:00"), Version: "1.0", Held: 12, Clock: 3 * time.Minute,
						Silent: true}}}, nil
		},
		Sinks: func(context.Context) []health.SinkStatus {
			return []health.SinkStatus{
				{Name: "ioc", Feed: "dossier", Node: "work-1", Running: true, Sent: 61204, LastSent: at("10:41:00")},
				{Name: "ioc", Feed: "feedback", Node: "work-1", Running: true, Halted: true, Behind: 4100, LastSent: at("09:12:00"),
					Problem: &problem.Problem{Code: "GW-Q025", Value: "ioc.feedback", Near: "kafka-configs.sh --alter"}},
				{Name: "kho<b>", Feed: "task"}}
		}})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// TestNodesAndSinks: who holds what, what is wrong between them, and where
// feeds are pushed to: one that stopped is not missed.
func TestNodesAndSinks(t *testing.T) {
	vi, en := get(among(t), "/?lang=vi").Body.String(), get(among(t), "/?lang=en").Body.String()
	wants(t, text(vi), "GW-L001", "Nút này không đọc được nhật ký dữ liệu từ 05/11/2026 10:40", "✖ Bên nhận ioc feedback đã dừng",
		"2 luồng chưa có nút nào phụ trách", "serve-1 nút này", "work-1 không phản hồi đồng hồ lệch 3 phút",
		"Bên nhận do cổng tích hợp chủ động gửi", "● Đã gửi hết", "✖ Đã dừng, chờ người xử lý GW-Q025",
		"Sửa xong thì chạy: gateway sink resume ioc feedback 4.100",
		"kho&lt;b&gt; task nhiệm vụ ◌ Chưa rõ nút phụ trách –")
	wants(t, text(en), "Stopped, waits for a person", "4,100", "has not been able to read the Log since", "2 streams are held by no node")
	checkMarkup(t, "/", vi)
	checkMarkup(t, "/", en)
}
