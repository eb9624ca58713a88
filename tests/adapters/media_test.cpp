#include "adapters/media.hpp"

#include "adapters/public_fetch.hpp"
#include "messages/error.hpp"

#include <gtest/gtest.h>
#include <httplib.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

namespace smart_agents {

namespace fs = std::filesystem;
using namespace std::string_literals;

const auto png = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"s;

TEST(Media, AreKnownByTheirFirstBytes) {
  auto mime = [](std::string_view bytes) -> std::string {
    auto x = sniff_media(bytes);
    return x ? x->mime : "";
  };
  EXPECT_EQ(mime(png), "image/png");
  EXPECT_EQ(mime("\xff\xd8\xff\xe0"), "image/jpeg");
  EXPECT_EQ(mime("RIFF\1\2\3\4WEBPVP8 "), "image/webp");
  EXPECT_EQ(mime("RIFF\1\2\3\4WAVEfmt "), "audio/wav");
  EXPECT_EQ(mime("JUNK\1\2\3\4WAVEfmt "), "");
  EXPECT_EQ(mime("ID3\4"), "audio/mpeg");
  EXPECT_EQ(mime("\0\0\0\x18"
                 "ftypmp42"s),
            "video/mp4");
  EXPECT_EQ(mime("\0\0\0\x18"
                 "ftypM4A "s),
            "audio/mp4");
  EXPECT_EQ(mime("\x1a\x45\xdf\xa3"), "video/webm");
  EXPECT_EQ(mime("%PDF-1.7"), "application/pdf");
  for (auto text : {"", "\x89PN", "#!/bin/sh", "<html>", "root:x:0:0"})
    EXPECT_EQ(mime(text), "") << text;
}

/// A folder that may be read, and a server on this machine.
class LoadedMedia : public ::testing::Test {
protected:
  LoadedMedia() {
    fs::create_directories(home_);
    std::ofstream{home_ / "a.png"} << png;
    std::ofstream{home_ / "notes.png"} << "no image";
    rules_.folders = {home_.string()};
    rules_.max_bytes = 100;
    server_.Get("/a", [](const httplib::Request&, httplib::Response& to) {
      to.set_content(png, "text/plain");
    });
    server_.Get("/big", [](const httplib::Request&, httplib::Response& to) {
      to.set_content(png + std::string(200, 'x'), "image/png");
    });
    server_.Get("/away", [](const httplib::Request&, httplib::Response& to) {
      to.set_redirect("/a");
    });
    server_.Get("/loop", [](const httplib::Request&, httplib::Response& to) {
      to.set_redirect("/loop");
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread{[this] { server_.listen_after_bind(); }};
    while (!server_.is_running())
      std::this_thread::yield();
  }

  ~LoadedMedia() override {
    server_.stop();
    thread_.join();
    fs::remove_all(home_);
  }

  std::string at(const char* path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }

  std::string why(const std::string& source) const {
    auto x = load_media(source, rules_);
    return x ? "" : render(x.error());
  }

  fs::path home_ = fs::canonical(fs::temp_directory_path())
                   / ("media-" + std::to_string(std::random_device{}()));
  media_rules rules_;
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

TEST_F(LoadedMedia, ComeFromFilesInTheFolders) {
  auto x = load_media("a.png", rules_);
  ASSERT_TRUE(x) << render(x.error());
  EXPECT_EQ(x->what, media_part::kind::image);
  EXPECT_EQ(x->mime_type, "image/png");
  EXPECT_EQ(x->name, "a.png");
  EXPECT_EQ(x->base64, "iVBORw0KGgoAAAANSUhEUg==");
  EXPECT_TRUE(load_media("file://" + (home_ / "a.png").string(), rules_));
  EXPECT_NE(why("notes.png"), "") << "its name does not count";
  EXPECT_NE(why("/etc/passwd"), "");
  EXPECT_NE(why("../a.png"), "");
}

TEST_F(LoadedMedia, ComeFromDataUrls) {
  auto x = load_media("data:image/gif;base64,iVBORw0KGgoAAAANSUhEUg==", rules_);
  ASSERT_TRUE(x) << render(x.error());
  EXPECT_EQ(x->mime_type, "image/png") << "its own word does not count";
  EXPECT_NE(why("data:image/png,abc"), "");
  EXPECT_NE(why("data:image/png;base64,!!!!"), "");
  auto big = why("data:image/png;base64," + std::string(4000, 'A'));
  EXPECT_NE(big.find("larger"), std::string::npos);
  EXPECT_LT(big.size(), 300u) << "it is not quoted whole";
}

TEST_F(LoadedMedia, NeverComeFromThisMachineByUrl) {
  EXPECT_NE(why(at("/a")).find("private"), std::string::npos);
  EXPECT_NE(why("http://localhost:" + std::to_string(port_) + "/a"), "");
  EXPECT_NE(why("http://[::1]:" + std::to_string(port_) + "/a"), "");
  EXPECT_NE(why("http://0.0.0.0:" + std::to_string(port_) + "/a"), "");
  EXPECT_NE(why("http://169.254.169.254/latest/meta-data"), "");
  EXPECT_NE(why("http://2130706433:" + std::to_string(port_) + "/a"), "")
    << "127.0.0.1 as one number";
}

TEST_F(LoadedMedia, ComeFromUrlsWithinBounds) {
  rules_.private_addresses = true;
  EXPECT_EQ(why(at("/a")), "");
  EXPECT_EQ(why(at("/away")), "") << "redirects are followed";
  EXPECT_NE(why(at("/loop")).find("too often"), std::string::npos);
  EXPECT_NE(why(at("/big")).find("larger"), std::string::npos);
  EXPECT_NE(why(at("/none")).find("404"), std::string::npos);
}

TEST(PublicAddress, IsWhatTheInternetHas) {
  for (const char* x : {"1.1.1.1", "93.184.216.34", "2606:4700::1111",
                        "::ffff:1.1.1.1", "172.32.0.1", "100.128.0.1"})
    EXPECT_TRUE(is_public_address(x)) << x;
  for (const char* x : {"127.0.0.1",
                        "127.9.9.9",
                        "0.0.0.0",
                        "10.1.2.3",
                        "172.16.0.1",
                        "172.31.255.255",
                        "192.168.0.1",
                        "169.254.169.254",
                        "100.64.0.1",
                        "224.0.0.1",
                        "255.255.255.255",
                        "::1",
                        "::",
                        "fe80::1",
                        "fc00::1",
                        "fd12::1",
                        "ff02::1",
                        "::ffff:127.0.0.1",
                        "::ffff:10.0.0.1",
                        "64:ff9b::7f00:1",
                        "2002:7f00:1::",
                        "2001:db8::1",
                        "2001::1",
                        "localhost",
                        ""})
    EXPECT_FALSE(is_public_address(x)) << x;
  EXPECT_FALSE(is_public_address("1.1.1.1\0.evil"s)) << "nothing hides";
}

} // namespace smart_agents
