package io.spop.boot.test.old;

import java.net.InetAddress;

import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopMessage;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

@SpringBootApplication
public class OldApplication {

	@SpopMessage("check-client-ip")
	int check(@SpopArg("ip") InetAddress ip) {
		return 7;
	}

	public static void main(String[] args) {
		SpringApplication.run(OldApplication.class, args);
	}

}
